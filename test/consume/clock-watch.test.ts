import { expect, test } from "bun:test";
import { watchClock } from "../../src/consume/watches/clock-watch.ts";
import { clocksKey, noteClock, readClockNotes } from "../../src/stream/inspect/clock-notes.ts";
import { closeRedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { recordingLog } from "../support/recording-log.ts";
import { connected, useTestRedis } from "../support/test-stream.ts";

const HOUR_MS = 3_600_000;
const redisOfFile = useTestRedis();

function newKey() {
  return { stream: redisOfFile.streamKey(), group: "workers", consumer: "host-1/reclaimer" };
}

test("notes the offset of the process and its worst in Redis", async () => {
  const { redis } = redisOfFile;
  const key = newKey();
  let offsetMs = -3 * 24 * HOUR_MS;
  const { log } = recordingLog();
  const check = watchClock({ redis, key, log }, () => Date.now() + offsetMs);
  await check();
  const [wrong] = await readClockNotes(redis, key);
  expect(wrong?.process).toBe("host-1");
  expect(wrong?.offsetMs).toBeWithin(offsetMs - HOUR_MS, offsetMs + HOUR_MS);
  offsetMs = 0;
  await check();
  const [right] = await readClockNotes(redis, key);
  expect(right?.offsetMs).toBeWithin(-HOUR_MS, HOUR_MS);
  expect(right).toMatchObject({ worstMs: wrong?.worstMs, worstAtMs: wrong?.worstAtMs });
  expect(await redis.ttl(clocksKey(key))).toBeGreaterThan(29 * 24 * 3_600);
  await redis.del(clocksKey(key));
});

test("logs each change of the clock, and once that it is right", async () => {
  const { log, records } = recordingLog();
  let offsetMs = 0;
  const context = { redis: redisOfFile.redis, key: newKey(), log };
  const check = watchClock(context, () => Date.now() + offsetMs);
  for (const hoursOff of [0, 2, 2, 0, 0, -72, -72, 2, -72, 0]) {
    offsetMs = hoursOff * HOUR_MS;
    await check();
  }
  const logged = records.map(({ level }) => level).join(" ");
  expect(logged).toBe("warn info error warn error info");
});

test("logs nothing when Redis is away or refuses the key", async () => {
  const redis = await connected(redisOfFile.url);
  const { log, records } = recordingLog();
  const key = newKey();
  await redisOfFile.redis.set(clocksKey(key), "not a hash");
  const check = watchClock({ redis, key, log }, () => Date.now() - 1_000);
  await check();
  await closeRedisConnection(redis);
  await check();
  await redisOfFile.redis.del(clocksKey(key));
  expect(records.filter(({ level }) => level !== "debug")).toEqual([]);
});

test("forgets the process noted longest ago beyond 200", async () => {
  const { redis } = redisOfFile;
  const key = newKey();
  for (let n = 0; n <= 200; n += 1) {
    await noteClock(redis, key, { process: `p-${n}`, nowMs: Date.now() });
    // Within one millisecond all would be equally old.
    if (n === 0) await redis.hset(clocksKey(key), "p-0", `0 ${Date.now() - 5_000} 0 0`);
  }
  const names = (await readClockNotes(redis, key)).map(({ process }) => process);
  expect(names).toHaveLength(200);
  expect(names).not.toContain("p-0");
  await redis.hset(clocksKey(key), "p-7", `0 ${Date.now() - 31 * 24 * HOUR_MS} 0 0`);
  await noteClock(redis, key, { process: "p-8", nowMs: Date.now() });
  expect((await readClockNotes(redis, key)).map(({ process }) => process)).not.toContain("p-7");
  await redis.del(clocksKey(key));
});
