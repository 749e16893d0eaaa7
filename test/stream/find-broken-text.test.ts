import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type ConsumerKey, readNew } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { findBrokenText } from "../../src/stream/find-broken-text.ts";
import { recordingLog } from "../support/recording-log.ts";
import { useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();

let key: ConsumerKey;
beforeEach(async () => {
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  await ensureGroup(redisOfFile.redis, key, recordingLog().log);
});

/** Appends an entry of one field for each value. Returns all ids, and the reasons by id. */
async function foundAmong(values: readonly (Uint8Array | string)[]) {
  const { redis } = redisOfFile;
  const ids: string[] = [];
  for (const value of values) {
    const bytes = typeof value === "string" ? value : Buffer.from(value);
    ids.push(String(await redis.call("XADD", key.stream, "*", "path", bytes)));
  }
  const { entries } = await readNew(redis, key, { entriesMax: values.length, blockMs: 1 });
  const found = await findBrokenText(redis, key.stream, entries);
  return { ids, found };
}

describe("findBrokenText", () => {
  test("finds entries with bytes that are not UTF-8", async () => {
    const latin1 = Uint8Array.of(0x2f, 0xe9);
    const surrogate = Uint8Array.of(0xed, 0xa0, 0x80);
    const { ids, found } = await foundAmong(["/a", latin1, "/é", surrogate, "/😀"]);
    expect([...found.keys()]).toEqual([ids[1], ids[3]] as string[]);
    expect(found.get(ids[1] ?? "")).toEndWith("2fe9");
  });

  test("accepts the replacement character itself", async () => {
    const { found } = await foundAmong(["\ufffd", "a\ufffdb\ufeff"]);
    expect([...found]).toEqual([]);
  });

  test("finds a broken field name", async () => {
    const { redis } = redisOfFile;
    await redis.call("XADD", key.stream, "*", Buffer.from([0xff]), "value");
    const { entries } = await readNew(redis, key, { entriesMax: 1, blockMs: 1 });
    expect((await findBrokenText(redis, key.stream, entries)).size).toBe(1);
  });

  test("names the field in a text that can be stored", async () => {
    const { redis } = redisOfFile;
    const name = `a\0${"b".repeat(1_000)}`;
    const id = await redis.call("XADD", key.stream, "*", name, Buffer.from([0xff]));
    const { entries } = await readNew(redis, key, { entriesMax: 1, blockMs: 1 });
    const reason = (await findBrokenText(redis, key.stream, entries)).get(String(id));
    expect(reason).toMatch(/^Expected the field "a\\u0000b{50,70}" and more to be UTF-8, got/);
  });

  test("finds nothing in a deleted entry", async () => {
    const { redis } = redisOfFile;
    await redis.call("XADD", key.stream, "*", "path", Buffer.from([0xff]));
    const { entries } = await readNew(redis, key, { entriesMax: 1, blockMs: 1 });
    await redis.xtrim(key.stream, "MAXLEN", 0);
    expect([...(await findBrokenText(redis, key.stream, entries))]).toEqual([]);
  });

  test("finds exactly the text that does not round-trip", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      fc.string({ unit: "binary", minLength: 1 }).map((text) => new TextEncoder().encode(text)),
    );
    const property = fc.asyncProperty(fc.array(bytes, { minLength: 1 }), async (values) => {
      const { ids, found } = await foundAmong(values);
      const broken = values.map((value) => {
        const buffer = Buffer.from(value);
        return !Buffer.from(buffer.toString("utf8")).equals(buffer);
      });
      expect(ids.map((id) => found.has(id))).toEqual(broken);
    });
    await fc.assert(property, { numRuns: 40 });
  }, 30_000);

  test("handles the largest batch of suspects", async () => {
    const { redis } = redisOfFile;
    const append = `for i = 1, 50000 do redis.call('XADD', KEYS[1], '*', 'path', ARGV[1]) end`;
    await redis.call("EVAL", append, 1, key.stream, "/\ufffd");
    const { entries } = await readNew(redis, key, { entriesMax: 50_000, blockMs: 1 });
    expect(entries).toHaveLength(50_000);
    expect([...(await findBrokenText(redis, key.stream, entries))]).toEqual([]);
  }, 30_000);
});
