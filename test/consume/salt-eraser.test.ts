import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eraseSalts } from "../../src/consume/salt-eraser.ts";
import { HOUR_MS } from "../../src/event/day.ts";
import { Condition } from "../../src/log/condition.ts";
import {
  closeRedisConnection,
  type RedisConnection,
} from "../../src/stream/redis/redis-connection.ts";
import { DailySalts } from "../../src/stream/visitors/daily-salts.ts";
import { saltKey, saltsKey } from "../../src/stream/visitors/salt-keys.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { REDIS_VARIANTS, startVariant, type VariantServer } from "../support/redis-variants.ts";
import { connected } from "../support/test-stream.ts";

const STREAM = "events_stream";
const stopping = new AbortController();

let server: VariantServer;
let redis: RedisConnection;
let folder = "";
beforeAll(async () => {
  const [{ program = "" } = {}] = REDIS_VARIANTS;
  server = await startVariant(program);
  redis = await connected(server.url);
  [, folder = ""] = await redis.config("GET", "dir");
});
afterAll(async () => {
  stopping.abort();
  await closeRedisConnection(redis);
  await server.kill();
});
beforeEach(async () => {
  await redis.flushall();
  await redis.config("SET", "appendonly", "yes");
});

function openProcess(connection = redis) {
  const { log, records } = recordingLog();
  const condition = new Condition(log, "again");
  const erase = async () =>
    await eraseSalts(
      { redis: connection, stream: STREAM, log },
      { condition, signal: stopping.signal },
    );
  return { erase, records };
}

/** Makes a salt whose date ended `hoursAgo`. Returns its text in Redis. */
async function makeSalt(hoursAgo: number): Promise<{ key: string; text: string }> {
  const atMs = Date.now() - hoursAgo * HOUR_MS;
  const { log } = recordingLog();
  await new DailySalts(redis, { stream: STREAM, log, nowMs: () => atMs }).saltAt({
    timeZone: "UTC",
    atMs,
  });
  const key = saltKey(STREAM, { timeZone: "UTC", date: new Date(atMs).toISOString().slice(0, 10) });
  const value = (await redis.get(key)) ?? "";
  return { key, text: value.slice(value.indexOf(".") + 1) };
}

/** Lets Redis expire it soon. */
async function expire(key: string): Promise<void> {
  await redis.zadd(saltsKey(STREAM), Date.now() - 1, key);
  await redis.pexpire(key, 1);
}

const onDisk = (text: string) =>
  readdirSync(join(folder, "appendonlydir")).some((name) =>
    readFileSync(join(folder, "appendonlydir", name)).includes(text),
  );

const rewrites = async () =>
  Number(/^aof_rewrites:(\d+)/m.exec(await redis.info("persistence"))?.[1]);

describe("an expired salt", () => {
  test("leaves the append-only file, and those in use stay", async () => {
    const old = await makeSalt(24);
    const today = await makeSalt(0);
    expect([onDisk(old.text), onDisk(today.text)]).toEqual([true, true]);
    await expire(old.key);
    await openProcess().erase();
    await eventually(() => expect(onDisk(old.text)).toBe(false));
    expect(onDisk(today.text)).toBe(true);
    expect(await redis.get(today.key)).toContain(today.text);
    expect(await redis.zrange(saltsKey(STREAM), "0", "-1")).toEqual([today.key]);
  });

  test("is erased by one of several processes", async () => {
    const before = await rewrites();
    await expire((await makeSalt(24)).key);
    await Promise.all(
      [openProcess(), openProcess(), openProcess()].map(async ({ erase }) => await erase()),
    );
    expect(await rewrites()).toBe(before + 1);
  });

  test("waits while the last rewrite is less than an hour ago", async () => {
    const { erase } = openProcess();
    await expire((await makeSalt(24)).key);
    await erase();
    const before = await rewrites();
    await expire((await makeSalt(24)).key);
    await erase();
    expect(await rewrites()).toBe(before);
    const ttlMs = await redis.pttl(`${saltsKey(STREAM)}:claim`);
    expect(ttlMs).toBeGreaterThan(HOUR_MS - 60_000);
    expect(ttlMs).toBeLessThanOrEqual(HOUR_MS);
  });

  test("is erased although no process ran when it expired", async () => {
    const { key, text } = await makeSalt(24);
    await expire(key);
    await server.kill();
    await server.start();
    await eventually(() => expect(redis.status).toBe("ready"));
    expect(onDisk(text)).toBe(true);
    await openProcess().erase();
    await eventually(() => expect(onDisk(text)).toBe(false));
  });

  test("causes no rewrite where there is no append-only file", async () => {
    const before = await rewrites();
    await redis.config("SET", "appendonly", "no");
    await expire((await makeSalt(24)).key);
    const { erase, records } = openProcess();
    await erase();
    expect([await rewrites(), await redis.exists(saltsKey(STREAM))]).toEqual([before, 0]);
    expect(records).toEqual([]);
  });
});

test("salts in use cause no rewrite", async () => {
  const before = await rewrites();
  await makeSalt(24);
  await makeSalt(0);
  await openProcess().erase();
  expect(await rewrites()).toBe(before);
});

test("a Redis that forbids rewrites is logged once, and asked again", async () => {
  await redis.call("ACL", "SETUSER", "guest", "on", "nopass", "~*", "+@all", "-bgrewriteaof");
  const guest = await connected(server.url.replace("//", "//guest:x@"));
  const { erase, records } = openProcess(guest);
  const { key, text } = await makeSalt(24);
  await expire(key);
  await erase();
  await redis.del(`${saltsKey(STREAM)}:claim`);
  await erase();
  expect(records).toEqual([
    {
      level: "warn",
      sentence:
        "Redis did not rewrite its append-only file, which keeps expired salts until it does",
      fields: { error: expect.stringContaining("NOPERM") },
    },
  ]);
  await redis.call("ACL", "SETUSER", "guest", "+bgrewriteaof");
  await redis.del(`${saltsKey(STREAM)}:claim`);
  await erase();
  await eventually(() => expect(onDisk(text)).toBe(false));
  expect(records.at(-1)).toMatchObject({ level: "info", sentence: "again" });
  await closeRedisConnection(guest);
});
