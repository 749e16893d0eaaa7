import { beforeEach, describe, expect, test } from "bun:test";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { acknowledge, readNew } from "../../src/stream/consumer-group.ts";
import { noteLoss } from "../../src/stream/inspect/loss-notes.ts";
import { shardStreams } from "../../src/stream/shards/shard-streams.ts";
import { setAside } from "../support/dead-letters.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { runQueueflow } from "./run-queueflow.ts";

const GROUP = "analytics_workers";
const LINES = 40;

const redisOfFile = useTestRedis();
const file = useTestDatabase();
let streams: readonly [string, string] = ["", ""];

beforeEach(async () => {
  const first = redisOfFile.streamKey();
  const [, second = ""] = shardStreams({ stream: first, shards: 2 });
  streams = [first, second];
  for (const stream of streams) {
    await redisOfFile.redis.xgroup("CREATE", stream, GROUP, "0", "MKSTREAM");
  }
  await file.sql`TRUNCATE dead_events, losses`;
});

async function queueflow(args: readonly string[], { shards = 2, stdin = "" } = {}) {
  const env = {
    DATABASE_URL: file.url,
    REDIS_URL: redisOfFile.url,
    REDIS_STREAM: streams[0],
    REDIS_SHARDS: String(shards),
    // No API is asked.
    INGEST_WORKERS: "0",
  };
  return await runQueueflow(args, { env, stdin });
}

async function lengths(): Promise<readonly number[]> {
  return await Promise.all(streams.map(async (stream) => await redisOfFile.redis.xlen(stream)));
}

async function appendTo(stream: string, userId: string): Promise<void> {
  await redisOfFile.redis.xadd(stream, "*", ...encodeEntry(sampleEvent({ userId })));
}

/** Has the group process all entries of a stream, as a consumer that stores nothing. */
async function process(stream: string): Promise<void> {
  const { redis } = redisOfFile;
  const key = { stream, group: GROUP, consumer: "worker" };
  const { entries } = await readNew(redis, key, { entriesMax: 100, blockMs: 0 });
  await acknowledge(
    redis,
    key,
    entries.map(({ id }) => id),
  );
}

describe("with shards, queueflow", () => {
  test("import appends all events and announces the shards", async () => {
    const line =
      '192.0.2.7 - - [15/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "Mozilla"\n';
    const args = ["import", "-", "--site", "example.com", "--no-wait"];
    const run = await queueflow(args, { stdin: line.repeat(LINES) });
    expect(run.exitCode).toBe(0);
    const [first = 0, second = 0] = await lengths();
    expect(first + second).toBe(LINES);
    expect(await redisOfFile.redis.zrange(`${streams[0]}:shards`, "0", "-1")).toEqual(["2"]);
  });

  test("status adds the backlogs of all shards", async () => {
    for (const stream of streams) await appendTo(stream, "ann");
    const { stdout } = await queueflow(["status", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      stream: { length: 2, backlog_entries: 2, appended_entries: 2 },
    });
  });

  test("forget removes entries from every shard", async () => {
    for (const stream of streams) {
      await appendTo(stream, "ann");
      await appendTo(stream, "bob");
      await process(stream);
    }
    const args = ["forget", "--site", "example.com", "--user", "ann", "--yes"];
    const { stdout, exitCode } = await queueflow(args);
    expect(stdout).toContain("2 entries of the stream");
    expect(exitCode).toBe(0);
    expect(await lengths()).toEqual([1, 1]);
  });

  test("losses acknowledges those of every shard", async () => {
    for (const [index, stream] of streams.entries()) {
      const loss = { id: String(index), foundAt: "2026-01-15T09:01:00.000Z", entries: 3 };
      const cause = "deleted before delivery";
      await noteLoss(redisOfFile.redis, { stream, group: GROUP }, { ...loss, cause });
    }
    const { stdout } = await queueflow(["losses", "acknowledge"]);
    expect(stdout).toBe("Acknowledged 2 losses of at least 6 events.\n");
  });

  test.each([
    { shards: 2, lands: "its shard", expected: [0, 1] },
    { shards: 1, lands: "the first where its own is gone", expected: [1, 0] },
  ])("dead-letters retry sends one to $lands", async ({ shards, expected }) => {
    const fields = { ...fieldsOf("ann") };
    const [id = ""] = await setAside(file, [fields], { stream: streams[1] });
    const { exitCode } = await queueflow(["dead-letters", "retry", id], { shards });
    expect(exitCode).toBe(0);
    expect(await lengths()).toEqual(expected);
  });
});

function fieldsOf(userId: string): Readonly<Record<string, string>> {
  const flat = encodeEntry(sampleEvent({ userId }));
  return Object.fromEntries(
    flat.flatMap((value, i) => (i % 2 === 1 ? [[flat[i - 1] ?? "", value]] : [])),
  );
}
