import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from "node:zlib";
import { QueueFlowError } from "../../errors.ts";
import { isObject } from "../../event/is-object.ts";
import { areWholeZstdFrames } from "./zstd-frames.ts";

type Decompress = (bytes: Uint8Array, options: object) => Promise<unknown>;

const CODINGS: Readonly<Record<string, Decompress>> = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: async (bytes, options) =>
    await promisify(hasZlibHeader(bytes) ? inflate : inflateRaw)(bytes, options),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
};
export const CONTENT_CODINGS = Object.keys(CODINGS);

/** Undoes the codings of Content-Encoding. @throws QueueFlowError `invalid_encoding`; `body_too_large` beyond `bytesMax`. */
export async function decompress(
  bytes: Uint8Array,
  codings: readonly string[],
  bytesMax: number,
): Promise<Uint8Array> {
  let body = bytes;
  for (const coding of codings.toReversed()) body = await undo(coding, body, bytesMax);
  return body;
}

async function undo(coding: string, bytes: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  const run = CODINGS[coding];
  if (run === undefined) throw new Error(`Expected a content coding, got ${coding}`);
  if (coding === "zstd" && !areWholeZstdFrames(bytes)) throw invalid(coding);
  try {
    const options = { maxOutputLength: bytesMax, info: true };
    const { buffer, consumed } = withInfo(await run(bytes, options));
    // What follows the end would be lost.
    if (consumed < bytes.length) throw invalid(coding);
    return buffer;
  } catch (error) {
    if (error instanceof QueueFlowError) throw error;
    if (!(error instanceof Error) || !("code" in error)) throw error;
    if (error.code === "ERR_BUFFER_TOO_LARGE") {
      const sentence = `Expected a body of at most ${bytesMax} bytes when decompressed, got more`;
      throw new QueueFlowError("body_too_large", sentence);
    }
    throw invalid(coding, error);
  }
}

/** The types leave out what the option `info` adds. */
function withInfo(result: unknown): { readonly buffer: Uint8Array; readonly consumed: number } {
  if (isObject(result) && isObject(result["engine"])) {
    const { buffer, engine } = result;
    const consumed = engine["bytesWritten"];
    if (buffer instanceof Uint8Array && typeof consumed === "number") return { buffer, consumed };
  }
  throw new Error("Expected a decompressed body and how many bytes it was read from");
}

function hasZlibHeader([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

function invalid(coding: string, cause?: unknown): QueueFlowError {
  const sentence = `Expected the body to be complete in ${coding} as Content-Encoding says, got other bytes`;
  return new QueueFlowError("invalid_encoding", sentence, { cause });
}
