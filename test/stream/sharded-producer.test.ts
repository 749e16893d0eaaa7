import { describe, expect, test } from "bun:test";
import { Producer, type ProducerOptions } from "../../src/stream/producer.ts";
import { closeRedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { type ShardedOptions, ShardedProducer } from "../../src/stream/shards/sharded-producer.ts";
import { eventually } from "../support/eventually.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";
import { connected, useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();
const DEADLINE_MS = 50_000;
const UNOBSERVED = { failed: () => undefined, recovered: () => undefined };

function open({
  producer = {},
  sharded = {},
}: {
  readonly producer?: Partial<ProducerOptions>;
  readonly sharded?: Partial<ShardedOptions>;
} = {}) {
  const streams = [redisOfFile.streamKey(), redisOfFile.streamKey()] as const;
  const shards = streams.map((stream) => ({
    open: (flushes: ProducerOptions["flushes"]) =>
      new Producer(redisOfFile.redis, {
        stream,
        streamLengthMax: 1_000,
        waitingEventsMax: 1_000,
        ...(flushes === undefined ? {} : { flushes }),
        ...producer,
      }),
    outage: UNOBSERVED,
  }));
  return { streams, opened: new ShardedProducer(shards, { waitingEventsMax: 1_000, ...sharded }) };
}

async function lengths(streams: readonly string[]): Promise<readonly number[]> {
  return await Promise.all(streams.map(async (stream) => await redisOfFile.redis.xlen(stream)));
}

describe("a producer with shards", () => {
  test("gives what one refuses to the other, until it works again", async () => {
    const { redis } = redisOfFile;
    const { streams, opened } = open();
    const [broken, working] = streams;
    await redis.set(broken, "no stream");
    for (let i = 0; i < 20; i += 1) {
      const { stream } = await opened.appendForIds([sampleEvent()]);
      expect(stream).toBe(working);
    }
    await opened.checkAppend();
    expect([...opened.newest.keys()]).toEqual([working]);
    await redis.del(broken);
    await eventually(async () => {
      expect((await opened.appendForIds([sampleEvent()])).stream).toBe(broken);
    });
    await opened.drained();
  });

  test("accepts events while two shards of three hang", async () => {
    const { redis, url } = redisOfFile;
    const streams = [redisOfFile.streamKey(), redisOfFile.streamKey(), redisOfFile.streamKey()];
    const [working = "", ...hanging] = streams;
    const tried = new Set<string>();
    await using proxy = openTcpProxy(url, (bytes) => {
      for (const stream of hanging) if (bytes.includes(stream)) tried.add(stream);
    });
    // No deadline ends an append: only the silence of a shard leads elsewhere.
    const hung = await connected(throughProxy(url, proxy), DEADLINE_MS);
    const shards = streams.map((stream) => ({
      open: (flushes: Required<ProducerOptions>["flushes"]) =>
        new Producer(stream === working ? redis : hung, {
          stream,
          streamLengthMax: 100_000,
          waitingEventsMax: 1_000,
          flushes,
        }),
      outage: UNOBSERVED,
    }));
    proxy.mode = "swallow replies";
    const limits = { waitingEventsMax: 1_000, appendMsMax: DEADLINE_MS };
    const opened = new ShardedProducer(shards, limits);
    while (tried.size < hanging.length) {
      expect((await opened.appendForIds([sampleEvent()])).stream).toBe(working);
    }
    proxy.cut();
    await opened.drained();
    await closeRedisConnection(hung);
  });

  test("fails once every shard is full", async () => {
    const { streams, opened } = open({ producer: { streamLengthMax: 1 } });
    await opened.append([sampleEvent()]);
    await opened.append([sampleEvent()]);
    expect(await rejectionOf(opened.append([sampleEvent()]))).toMatchObject({
      code: "stream_full",
    });
    expect(await rejectionOf(opened.checkAppend())).toMatchObject({ code: "stream_full" });
    expect(await lengths(streams)).toEqual([1, 1]);
  });

  test("counts the waiting events of all shards together", async () => {
    const { opened } = open({ sharded: { waitingEventsMax: 3 } });
    const waiting = opened.append([sampleEvent(), sampleEvent()]);
    const tooMany = rejectionOf(opened.append([sampleEvent(), sampleEvent()]));
    expect(await tooMany).toMatchObject({ code: "ingest_overloaded" });
    await waiting;
    await opened.append([sampleEvent(), sampleEvent()]);
  });
});
