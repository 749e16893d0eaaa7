import { expect, test } from "bun:test";
import { sendEvents } from "../../src/cli/import/send-events.ts";
import { QueueFlowError } from "../../src/errors.ts";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import { Producer } from "../../src/stream/producer.ts";
import { closeRedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { eventually } from "../support/eventually.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";
import { connected, useTestRedis } from "../support/test-stream.ts";

const EVENTS = Array.from({ length: 1_500 }, () => sampleEvent());
const SENDING = {
  giveUpMs: 20_000,
  signal: new AbortController().signal,
  isRetryable: (error: unknown) => error instanceof QueueFlowError && error.retryable,
};
const redisOfFile = useTestRedis();

async function producerOf(stream: string, redis = redisOfFile.redis, streamLengthMax = 1_000_000) {
  return new Producer(redis, {
    stream,
    streamLengthMax,
    waitingEventsMax: EVENTS.length,
  });
}

/** The event ids in the stream, oldest first. */
async function eventIdsOf(stream: string): Promise<(string | undefined)[]> {
  const entries = await redisOfFile.redis.xrange(stream, "-", "+");
  return entries.map(([, flatFields]) => flatFields[1]);
}

test("appends all events in order and returns the last id", async () => {
  const stream = redisOfFile.streamKey();
  const accepted: AnalyticsEvent[] = [];
  const lastEntryId = await sendEvents(await producerOf(stream), EVENTS, {
    sending: SENDING,
    onAccepted: (events) => accepted.push(...events),
  });
  expect(await eventIdsOf(stream)).toEqual(EVENTS.map(({ eventId }) => eventId));
  expect(accepted).toEqual(EVENTS);
  const [[newestId] = [""]] = await redisOfFile.redis.xrevrange(stream, "+", "-", "COUNT", 1);
  expect(lastEntryId).toBe(newestId);
});

test("sends the rest when a full stream is trimmed", async () => {
  const stream = redisOfFile.streamKey();
  const lengthsAccepted: number[] = [];
  const sent = sendEvents(await producerOf(stream, redisOfFile.redis, 512), EVENTS, {
    sending: SENDING,
    onAccepted: (events) => lengthsAccepted.push(events.length),
  });
  const seen: (string | undefined)[] = [];
  for (const round of [512, 512, EVENTS.length - 1_024]) {
    await eventually(async () => expect(await redisOfFile.redis.xlen(stream)).toBe(round));
    seen.push(...(await eventIdsOf(stream)));
    await redisOfFile.redis.xtrim(stream, "MAXLEN", 0);
  }
  await sent;
  expect(seen).toEqual(EVENTS.map(({ eventId }) => eventId));
  expect(lengthsAccepted.reduce((sum, length) => sum + length)).toBe(EVENTS.length);
});

test("sends events with lost replies again under the same ids", async () => {
  const stream = redisOfFile.streamKey();
  await using proxy = openTcpProxy(redisOfFile.url);
  const redis = await connected(throughProxy(redisOfFile.url, proxy));
  const producer = await producerOf(stream, redis);
  proxy.mode = "swallow replies";
  const sent = sendEvents(producer, EVENTS, {
    sending: SENDING,
    onAccepted: () => undefined,
  });
  await eventually(async () => expect(await redisOfFile.redis.xlen(stream)).toBeGreaterThan(0));
  proxy.cut();
  proxy.mode = "pass";
  await sent;
  const eventIds = await eventIdsOf(stream);
  expect(eventIds.length).toBeGreaterThan(EVENTS.length);
  expect(new Set(eventIds)).toEqual(new Set(EVENTS.map(({ eventId }) => eventId)));
  await closeRedisConnection(redis);
});

test("gives up when nothing is accepted for too long", async () => {
  const stream = redisOfFile.streamKey();
  await redisOfFile.redis.xadd(stream, "*", "field", "value");
  const sending = sendEvents(await producerOf(stream, redisOfFile.redis, 1), EVENTS, {
    sending: { ...SENDING, giveUpMs: 200 },
    onAccepted: () => undefined,
  });
  const failure: unknown = await sending.catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "stream_full" });
  expect(await redisOfFile.redis.xlen(stream)).toBe(1);
});
