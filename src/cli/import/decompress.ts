import unbzip2Stream from "unbzip2-stream";
import { QueueFlowError } from "../../errors.ts";
import { type Chunks, peek } from "./peek.ts";

/** Magic bytes, one per character: RFC 1952, RFC 8878 and bzip2. */
const GZIP = "\x1f\x8b";
const ZSTD = "\x28\xb5\x2f\xfd";
/** A skippable zstd frame, after its first byte of 0x50 to 0x5f. */
const ZSTD_SKIPPABLE = "\x2a\x4d\x18";
const BZIP2 = /^BZh[1-9]/;
const MAGIC_BYTES = 4;

/**
 * Decompresses bytes that begin like gzip, zstd or bzip2, of one or more members; passes others through. Yields damaged or
 * truncated data as far as it can be read.
 *
 * @throws QueueFlowError `invalid_usage` when the data is damaged or truncated.
 */
export async function* decompressed(chunks: Chunks): Chunks {
  const { first, all } = await peek(chunks, ({ length }) => length >= MAGIC_BYTES);
  const magic = first.toString("latin1", 0, MAGIC_BYTES);
  if (magic.startsWith(GZIP)) yield* inflated(all, "gzip");
  else if (isZstd(magic)) yield* inflated(all, "zstd");
  else if (BZIP2.test(magic)) yield* bunzipped(all);
  else yield* all;
}

function isZstd(magic: string): boolean {
  return magic.startsWith(ZSTD) || (/^[P-_]/.test(magic) && magic.startsWith(ZSTD_SKIPPABLE, 1));
}

async function* inflated(chunks: Chunks, format: "gzip" | "zstd"): Chunks {
  // Decompression would replace an error of the source.
  let sourceError: { readonly error: unknown } | undefined;
  const source = new ReadableStream<Bun.BufferSource>({
    async pull(controller) {
      try {
        const next = await chunks.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      } catch (error) {
        sourceError = { error };
        controller.error(error);
      }
    },
  });
  try {
    yield* source.pipeThrough(new DecompressionStream(format));
  } catch (error) {
    throw sourceError === undefined ? damaged(format, error) : sourceError.error;
  }
}

async function* bunzipped(chunks: Chunks): Chunks {
  const decoded: Uint8Array[] = [];
  let failure: unknown;
  const stream = unbzip2Stream()
    .on("data", (chunk: Uint8Array) => decoded.push(chunk))
    .on("error", (error: unknown) => {
      failure ??= error;
    });
  for await (const chunk of chunks) {
    stream.write(chunk);
    yield* decoded.splice(0);
    if (failure !== undefined) break;
  }
  if (failure === undefined) stream.end();
  yield* decoded.splice(0);
  // The error of the library says nothing useful.
  if (failure !== undefined) throw damaged("bzip2");
}

function damaged(format: string, cause?: unknown): QueueFlowError {
  const message = `The ${format} data is damaged or truncated`;
  return new QueueFlowError("invalid_usage", message, { cause });
}
