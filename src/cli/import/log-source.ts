import { createReadStream, statSync } from "node:fs";
import { resolve } from "node:path";
import { errorText, QueueFlowError } from "../../errors.ts";
import type { Shell } from "../shell.ts";
import { decompressed } from "./decompress.ts";

/** An access log or an export that is being read: a file, or standard input. */
export interface LogSource {
  /** The file as given, or "standard input". */
  readonly name: string;
  readonly chunks: AsyncGenerator<Uint8Array>;
  /** The part read so far, from 0 to 1; undefined for a pipe. */
  partRead(): number | undefined;
}

/**
 * Opens `file`, or standard input for `-`.
 *
 * @throws QueueFlowError `invalid_usage` when there is no such file.
 */
export function openLogSource({ folder, stdin }: Shell, file: string): LogSource {
  const isStdin = file === "-";
  const path = resolve(folder, file);
  const bytesTotal = isStdin ? undefined : fileSize(path, file);
  const input = isStdin ? stdin : createReadStream(path);
  let bytesRead = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of input as AsyncIterable<Uint8Array>) {
      bytesRead += chunk.byteLength;
      yield chunk;
    }
  }
  return {
    name: isStdin ? "standard input" : file,
    chunks: decompressed(counted()),
    partRead: () => (bytesTotal === undefined ? undefined : bytesRead / Math.max(bytesTotal, 1)),
  };
}

function fileSize(path: string, name: string): number | undefined {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw new Error("it is a folder");
    return stats.isFile() ? stats.size : undefined;
  } catch (error) {
    throw new QueueFlowError("invalid_usage", `Cannot read ${name}: ${errorText(error)}`);
  }
}
