import unbzip2Stream from "unbzip2-stream";
import { QueueFlowError } from "../../errors.ts";

/** How compressed files begin, one byte a character: RFC 1952, RFC 8878 and bzip2. */
const GZIP = "\x1f\x8b";
const ZSTD = "\x28\xb5\x2f\xfd";
/** A frame to skip, after its first byte of 0x50 to 0x5f. */
const ZSTD_SKIPPABLE = "\x2a\x4d\x18";
const BZIP2 = /^BZh[1-9]/;
const MAGIC_BYTES = 4;

type Chunks = AsyncGenerator<Uint8Array>;

/**
 * Passes bytes on, decompressed when they begin as gzip, zstd or bzip2 do, in however many members and
 * however they are cut. Bytes that end too early are passed on as far as they go.
 *
 * @throws QueueFlowError `invalid_usage` when they are damaged or end too early.
 */
export async function* decompressed(chunks: Chunks): Chunks {
  const { magic, all } = await peek(chunks);
  if (magic.startsWith(GZIP)) yield* inflated(all, "gzip");
  else if (isZstd(magic)) yield* inflated(all, "zstd");
  else if (BZIP2.test(magic)) yield* bunzipped(all);
  else yield* all;
}

function isZstd(magic: string): boolean {
  return magic.startsWith(ZSTD) || (/^[P-_]/.test(magic) && magic.startsWith(ZSTD_SKIPPABLE, 1));
}

/** The first bytes, one a character, and all of them again. */
async function peek(chunks: Chunks): Promise<{ magic: string; all: Chunks }> {
  const first: Uint8Array[] = [];
  let magic = "";
  while (magic.length < MAGIC_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    first.push(next.value);
    magic += Buffer.from(next.value.subarray(0, MAGIC_BYTES)).toString("latin1");
  }
  async function* all(): Chunks {
    yield* first;
    yield* chunks;
  }
  return { magic, all: all() };
}

async function* inflated(chunks: Chunks, format: "gzip" | "zstd"): Chunks {
  // An error of the source must come out as it is, although it passes through the decompression.
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
  // Its own words are of no help.
  if (failure !== undefined) throw damaged("bzip2");
}

function damaged(format: string, cause?: unknown): QueueFlowError {
  const message = `The ${format} data is damaged or ends too early`;
  return new QueueFlowError("invalid_usage", message, { cause });
}
