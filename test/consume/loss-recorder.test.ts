import { afterEach, expect, jest, test } from "bun:test";
import { LossRecorder } from "../../src/consume/watches/loss-recorder.ts";
import { closeRedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { recordingLog } from "../support/recording-log.ts";
import { storingMetrics } from "../support/storing-metrics.ts";
import { connected, useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();
afterEach(() => void jest.useRealTimers());

test("reports the first loss at once, and later ones as one per interval", async () => {
  // Without a connection, so that the fake timers concern the recorder only.
  const redis = await connected(redisOfFile.url);
  await closeRedisConnection(redis);
  const key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "reclaimer" };
  const { log, records } = recordingLog();
  const recorder = new LossRecorder({ redis, key, log, metrics: storingMetrics().metrics });
  const reported = () =>
    records.filter(({ level }) => level === "error").map(({ fields }) => fields["entries"]);
  jest.useFakeTimers();
  recorder.record("stream replaced", 2);
  for (let times = 1; times <= 50; times += 1) recorder.record("stream replaced", 1);
  expect(reported()).toEqual([2]);
  jest.advanceTimersByTime(10_000);
  expect(reported()).toEqual([2, 50]);
  jest.advanceTimersByTime(10_000);
  recorder.record("stream replaced", 3);
  expect(reported()).toEqual([2, 50, 3]);
});
