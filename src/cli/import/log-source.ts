import { createReadStream, statSync } from "node:fs";
import { addAbortSignal, pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { errorText, QueueFlowError } from "../../errors.ts";

/** An access log that is being read: a file, or standard input. */
export interface LogSource {
  /** How a person calls it. */
  readonly name: string;
  /** The bytes of the log, decompressed when they came as gzip. */
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

/** Passes bytes on, through gunzip when they begin as a gzip file does (RFC 1952, section 2.3.1). */
async function* decompressed(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await chunks.next();
  if (first.done === true) return;
  const all = startingWith(first.value, chunks);
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* all;
    return;
  }
  const gunzip = createGunzip();
  // A failure of the source comes out of `gunzip` too, where it is waited for.
  pipeline(Readable.from(all), gunzip, () => undefined);
  yield* gunzip as AsyncIterable<Uint8Array>;
}

async function* startingWith(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}
