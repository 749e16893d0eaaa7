import { brotliCompressSync } from "node:zlib";
import type { Path } from "../../paths.ts";

/** In the built script, once. */
export const BUILT_COLLECT_PATH: Path = "/collect";
const HASH_CHARACTERS = 16;

export interface ServedScript {
  /** Changes with the contents. */
  readonly hash: string;
  /** By content coding, the smallest first. */
  readonly bodies: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Returns the script, which sends to `collectPath`, compressed once for all requests. */
export function servedScript(built: string, collectPath: string): ServedScript {
  const text = built.replace(JSON.stringify(BUILT_COLLECT_PATH), JSON.stringify(collectPath));
  const identity = new TextEncoder().encode(text);
  const hash = new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, HASH_CHARACTERS);
  const bodies = new Map([
    ["br", new Uint8Array(brotliCompressSync(identity))],
    ["gzip", Bun.gzipSync(identity, { level: 9 })],
    ["identity", identity],
  ]);
  return { hash, bodies };
}

/** Returns the first of `codings` that the client accepts (RFC 9110, 12.5.3); `identity` when it names none. */
export function acceptedCoding(accepted: string, codings: Iterable<string>): string {
  const refused = /;\s*q=0(?:\.0*)?$/;
  const named = accepted.split(",").map((part) => part.trim());
  const isAccepted = (coding: string) =>
    named.some((part) => part.split(";")[0]?.trim() === coding && !refused.test(part));
  return [...codings].find(isAccepted) ?? "identity";
}
