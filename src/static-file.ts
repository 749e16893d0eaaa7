import { brotliCompressSync } from "node:zlib";

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
  const hash = new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, HASH_CHARACTERS);
  const bodies = new Map([
    ["br", new Uint8Array(brotliCompressSync(identity))],
    ["gzip", Bun.gzipSync(identity, { level: 9 })],
    ["identity", identity],
  ]);
  return { hash, mediaType, bodies };
}
