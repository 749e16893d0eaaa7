import { promisify } from "node:util";
import { brotliCompress, brotliCompressSync } from "node:zlib";

const HASH_CHARACTERS = 16;

export interface StaticFile {
  /** Changes with the contents. */
  readonly hash: string;
  readonly mediaType: string;
  /** By content coding, the smallest first. */
  readonly bodies: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Returns the text, compressed once for all requests. */
export function staticFile(text: string, mediaType: string): StaticFile {
  const identity = new TextEncoder().encode(text);
  return withBrotli(identity, { mediaType, br: brotliCompressSync(identity) });
}

/** Of a large text, whose compression takes so long that other requests must not wait for it. */
export async function largeStaticFile(text: string, mediaType: string): Promise<StaticFile> {
  const identity = new TextEncoder().encode(text);
  return withBrotli(identity, { mediaType, br: await promisify(brotliCompress)(identity) });
}

function withBrotli(
  identity: Uint8Array<ArrayBuffer>,
  { mediaType, br }: { readonly mediaType: string; readonly br: Buffer },
): StaticFile {
  const hash = new Bun.CryptoHasher("sha256").update(identity).digest("hex");
  const bodies = new Map([
    ["br", new Uint8Array(br)],
    ["gzip", Bun.gzipSync(identity, { level: 9 })],
    ["identity", identity],
  ]);
  return { hash: hash.slice(0, HASH_CHARACTERS), mediaType, bodies };
}
