import { afterEach, expect, spyOn, test } from "bun:test";
import { QueueFlowError } from "../../src/errors.ts";
import { confirmClock, trustedNowMs } from "../../src/stream/check-clocks.ts";
import { Producer } from "../../src/stream/producer.ts";
import { RedisClock } from "../../src/stream/redis/redis-clock.ts";
import {
  closeRedisConnection,
  openRedisConnection,
} from "../../src/stream/redis/redis-connection.ts";
import { recordingLog } from "../support/recording-log.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { connected, useTestRedis } from "../support/test-stream.ts";

const HOUR_MS = 3_600_000;
const USER = "without-time";
const file = useTestRedis();
const trueNowMs = Date.now;

function setClockOff(hours: number): void {
  spyOn(Date, "now").mockImplementation(() => trueNowMs() + hours * HOUR_MS);
}

afterEach(() => {
  Date.now = trueNowMs;
});

const clocks: [hoursOff: number, outcome: string][] = [
  [-9_600, "clock_wrong"],
  [-11, "clock_wrong"],
  [-9, "the clock of Redis"],
  [0, "the clock of Redis"],
  [9, "the clock of Redis"],
  [11, "clock_wrong"],
];
test.each(clocks)("with a clock %d hours off: %s", async (hoursOff, outcome) => {
  const clock = new RedisClock(file.redis);
  setClockOff(hoursOff);
  const found = await trustedNowMs(clock).catch((error: unknown) => error);
  if (found instanceof QueueFlowError) expect(found.code).toBe(outcome as typeof found.code);
  else expect(Math.abs(Number(found) - trueNowMs())).toBeLessThan(HOUR_MS);
  expect(found instanceof QueueFlowError).toBe(outcome === "clock_wrong");
});

test("confirms nothing until Redis has told its clock", async () => {
  const { log } = recordingLog();
  const redis = openRedisConnection({ url: "redis://127.0.0.1:1", log, blockMs: 0 });
  try {
    const refusal = await rejectionOf(confirmClock(new RedisClock(redis), redis));
    expect(refusal).toMatchObject({ code: "stream_unavailable", retryable: true });
  } finally {
    await closeRedisConnection(redis);
  }
});

test("detects a clock that jumps while Redis is down", async () => {
  const redis = await connected(file.url);
  const clock = new RedisClock(redis);
  await confirmClock(clock, redis);
  await closeRedisConnection(redis);
  setClockOff(-72);
  expect(await rejectionOf(confirmClock(clock, redis))).toMatchObject({ code: "clock_wrong" });
});

test("appends to a Redis that refuses TIME", async () => {
  const stream = file.streamKey();
  const rights = ["reset", "on", ">secret", `~${stream}*`, "+@all", "-time"];
  await file.redis.call("ACL", ["SETUSER", USER, ...rights]);
  const url = new URL(file.url);
  url.username = USER;
  url.password = "secret";
  const redis = await connected(url.href);
  try {
    const bounds = { streamLengthMax: 10, waitingEventsMax: 10 };
    const producer = new Producer(redis, { stream, ...bounds });
    await producer.checkAppend();
    await producer.append([sampleEvent()]);
    await file.redis.xadd(stream, "4102444800000-0", "another", "program");
    await producer.append([sampleEvent()]);
    expect(await file.redis.xlen(stream)).toBe(3);
    await confirmClock(new RedisClock(redis), redis);
  } finally {
    await closeRedisConnection(redis);
    await file.redis.call("ACL", ["DELUSER", USER]);
  }
});

test("asks Redis again after the machine was suspended", async () => {
  const redis = await connected(file.url);
  const time = spyOn(redis, "time");
  try {
    const clock = new RedisClock(redis);
    for (let times = 1; times <= 2; times += 1) await clock.read();
    expect(time).toHaveBeenCalledTimes(1);
    setClockOff(72);
    await clock.read();
    expect(time).toHaveBeenCalledTimes(2);
  } finally {
    await closeRedisConnection(redis);
  }
});
