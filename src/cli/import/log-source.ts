import { createReadStream, statSync } from "node:fs";
import { addAbortSignal } from "node:stream";
import { errorText, QueueFlowError } from "../../errors.ts";
import { decompressed } from "./decompress.ts";

/** An access log that is being read: a file, or standard input. */
export interface LogSource {
  /** How a person calls it. */
  readonly name: string;
  /** The bytes of the log, decompressed when they came as gzip, zstd or bzip2. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The size as stored; undefined when it is not known, as of a pipe. */
  readonly bytesTotal: number | undefined;
  /** How much has been read of `bytesTotal`. */
  bytesRead(): number;
}

/**
 * Opens the log `file`, or standard input for `-`. Aborting `signal` ends the reading with an error.
 *
 * @throws QueueFlowError `invalid_usage` when there is no such file.
 */
export function openLogSource(file: string, signal: AbortSignal): LogSource {
  const bytesTotal = file === "-" ? undefined : fileSize(file);
  const input = file === "-" ? process.stdin : createReadStream(file);
  addAbortSignal(signal, input);
  let bytesRead = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of input as AsyncIterable<Uint8Array>) {
      bytesRead += chunk.byteLength;
      yield chunk;
    }
  }
  return {
    name: file === "-" ? "standard input" : file,
    chunks: decompressed(counted()),
    bytesTotal,
    bytesRead: () => bytesRead,
  };
}

function fileSize(file: string): number | undefined {
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) throw new Error("it is a folder");
    return stats.isFile() ? stats.size : undefined;
  } catch (error) {
    throw new QueueFlowError("invalid_usage", `Cannot read ${file}: ${errorText(error)}`);
  }
}
