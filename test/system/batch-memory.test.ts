import { describe, expect, test } from "bun:test";
import { zstdCompressSync } from "node:zlib";
import {
  BATCH_EVENTS_MAX,
  BATCH_JSON_BYTES_MAX,
  BATCH_NDJSON_BYTES_MAX,
} from "../../src/event/limits.ts";
import { HELD_BYTES_MAX } from "../../src/http/body/held-bytes.ts";
import { Random } from "../chaos/random.ts";
import { ask } from "../support/api-client.ts";
import { useEngine } from "../support/engine-servers.ts";
import { peakResidentBytes, residentBytes } from "../support/resident-memory.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const REQUESTS = 40;
/** Of the bytes that batches may hold: as bytes, strings of events, flushes, and garbage. Five were measured on a quiet machine. */
const COPIES_MAX = 16;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "0" });

/** Returns as many events as a batch may have, of almost this many bytes together. */
function largestEvents(bytesMax: number): readonly string[] {
  const random = new Random(1);
  const bytes = Math.floor(bytesMax / BATCH_EVENTS_MAX) - 1;
  return Array.from({ length: BATCH_EVENTS_MAX }, () => {
    const event = (path: string) => JSON.stringify(sampleBody({ event_id: undefined, path }));
    const part = random.integer(0, 2 ** 32).toString(36);
    const room = bytes - event("/").length;
    return event(`/${part.repeat(Math.ceil(room / part.length)).slice(0, room)}`);
  });
}

const json = () => Buffer.from(`[${largestEvents(BATCH_JSON_BYTES_MAX - 1).join(",")}]`);
const inflated = () => Buffer.from(largestEvents(BATCH_NDJSON_BYTES_MAX).join("\n"));

describe.each([
  ["JSON", "application/json", "identity", json],
  ["zstd", "application/x-ndjson", "zstd", () => zstdCompressSync(inflated())],
] as const)("the largest batches at once in %s", (_, contentType, contentEncoding, bodyOf) => {
  test(
    "are accepted or refused in bounded memory, and none is lost",
    async () => {
      const { redis, key } = file.servers;
      await redis.xtrim(key.stream, "MAXLEN", 0);
      const body = new Uint8Array(bodyOf());
      const headers = { "Content-Type": contentType, "Content-Encoding": contentEncoding };
      const before = residentBytes(file.engine.pid);
      const answers = Promise.all(
        Array.from(
          { length: REQUESTS },
          async () => await ask(file.engine, "/events", { method: "POST", headers, body }),
        ),
      );
      const peak = await peakResidentBytes(file.engine.pid, answers);
      let accepted = 0;
      for (const { status, body: answer } of await answers) {
        if (status !== 202) expect(answer).toMatchObject({ error: "ingest_overloaded" });
        else accepted += Number(answer["accepted"]);
      }
      expect(accepted).toBeGreaterThan(0);
      expect(await redis.xlen(key.stream)).toBe(accepted);
      expect(peak - before).toBeLessThan(COPIES_MAX * HELD_BYTES_MAX);
    },
    TIMEOUT_MS,
  );
});
