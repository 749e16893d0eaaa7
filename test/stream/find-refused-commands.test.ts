import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createGroup } from "../../src/stream/create-group.ts";
import { findRefusedCommands } from "../../src/stream/inspect/find-refused-commands.ts";
import {
  closeRedisConnection,
  type RedisConnection,
} from "../../src/stream/redis/redis-connection.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { connected, useTestRedis } from "../support/test-stream.ts";

const file = useTestRedis();
const USER = "refused";

async function refused(rights: readonly string[], stream: string): Promise<readonly string[]> {
  const { redis } = file;
  await redis.call("ACL", ["SETUSER", USER, "reset", "on", ">secret", ...rights]);
  const url = new URL(file.url);
  url.username = USER;
  url.password = "secret";
  const restricted: RedisConnection = await connected(url.href);
  try {
    return await findRefusedCommands(restricted, { stream, group: "workers" });
  } finally {
    await closeRedisConnection(restricted);
  }
}

describe("findRefusedCommands", () => {
  let stream: string;
  beforeAll(async () => {
    stream = file.streamKey();
    await createGroup(file.redis, { stream, group: "workers" });
    await appendEntries(file.redis, stream, 2);
  });
  afterAll(async () => {
    await file.redis.call("ACL", ["DELUSER", USER]);
  });

  test("finds none when all are allowed, changing nothing", async () => {
    const { redis } = file;
    const state = async () =>
      JSON.stringify([
        await redis.call("XINFO", ["STREAM", stream, "FULL"]),
        await redis.keys(`${stream}*`),
      ]);
    const before = await state();
    expect(await refused([`~${stream}*`, "+@all"], stream)).toEqual([]);
    expect(await state()).toBe(before);
  });

  test("creates nothing without a stream", async () => {
    const absent = file.streamKey();
    expect(await refused([`~${absent}*`, "+@all"], absent)).toEqual([]);
    expect(await file.redis.keys(`${absent}*`)).toEqual([]);
  });

  test.each([
    "info",
    "time",
    "config|get",
    "evalsha",
    "xadd",
    "xtrim",
    "xinfo|groups",
    "xgroup|create",
    "xgroup|setid",
    "persist",
    "time",
    "xreadgroup",
    "xack",
    "xclaim",
    "xautoclaim",
    "xpending",
    "hset",
    "hdel",
    "expire",
  ])("finds %s", async (command) => {
    const found = await refused([`~${stream}*`, "+@all", `-${command}`], stream);
    expect(found).toEqual([command.toUpperCase().replace("|", " ")]);
  });

  test("finds commands that are refused on a key", async () => {
    expect(await refused([`~${stream}`, "+@all"], stream)).toEqual([
      "PERSIST",
      "HGETALL",
      "HSET",
      "HDEL",
      "HINCRBY",
      "EXPIRE",
      "HGET",
      "HLEN",
      "HMGET",
      "HEXISTS",
      "SET",
      "MGET",
      "DEL",
      "ZADD",
      "ZRANGE",
      "ZRANGEBYSCORE",
      "ZREM",
    ]);
    expect(await refused(["~other", "+@all"], stream)).toContain("XADD");
  });

  test("tries every command that the engine sends", async () => {
    const folder = join(import.meta.dir, "../../src/stream");
    const given = new Set<string>();
    for await (const path of new Bun.Glob("**/*.ts").scan(folder)) {
      const source = await Bun.file(join(folder, path)).text();
      for (const [, name = ""] of source.matchAll(/redis\.call\('([A-Z]+)'/g)) given.add(name);
      for (const [, name = ""] of source.matchAll(/redis\.([xhz][a-z]+|mget)(?:Buffer)?\(/g)) {
        given.add(name.toUpperCase());
      }
    }
    const asked = (await refused(["+@connection"], stream)).map((name) => name.split(" ")[0] ?? "");
    expect(given.size).toBeGreaterThan(12);
    expect([...given].filter((name) => !asked.includes(name))).toEqual([]);
  });
});
