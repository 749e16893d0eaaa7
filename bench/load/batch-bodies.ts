import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { emptyFolder } from "../../test/support/engine.ts";
import { README_EVENT } from "../figures/bytes.ts";

/** Events of a request. */
export const BATCH_EVENTS = 500;
export const BATCH_CONNECTIONS = 16;
const BODIES = 40;

export interface BatchFormat {
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly encode: (events: readonly string[]) => string | Uint8Array;
}

export const BATCH_FORMATS = {
  JSON: {
    contentType: "application/json",
    contentEncoding: "identity",
    encode: (events) => `[${events.join(",")}]`,
  },
  NDJSON: {
    contentType: "application/x-ndjson",
    contentEncoding: "identity",
    encode: linesOf,
  },
  zstd: {
    contentType: "application/x-ndjson",
    contentEncoding: "zstd",
    encode: (events) => zstdCompressSync(linesOf(events)),
  },
  gzip: {
    contentType: "application/x-ndjson",
    contentEncoding: "gzip",
    encode: (events) => gzipSync(linesOf(events)),
  },
} as const satisfies Readonly<Record<string, BatchFormat>>;
export type BatchFormatName = keyof typeof BATCH_FORMATS;
export const BATCH_FORMAT_NAMES = ["JSON", "NDJSON", "zstd", "gzip"] as const;

/** Returns bodies for `POST /events` of the README's event, each time with another user. */
export function batchBodies({ encode }: BatchFormat): readonly Buffer[] {
  return Array.from({ length: BODIES }, (_, body) =>
    Buffer.from(encode(Array.from({ length: BATCH_EVENTS }, (__, i) => eventOf(`${body}-${i}`)))),
  );
}

/** Creates a file of such bodies for `wrk.lua`, each behind a line with its length. */
export async function batchBodiesFile(format: BatchFormat): Promise<string> {
  const path = join(emptyFolder(), "batches");
  const parts = batchBodies(format).flatMap((body) => [Buffer.from(`${body.length}\n`), body]);
  await Bun.write(path, Buffer.concat(parts));
  return path;
}

function linesOf(events: readonly string[]): string {
  return `${events.join("\n")}\n`;
}

function eventOf(user: string): string {
  return README_EVENT.replace("user-42", `user-${user}`);
}
