import { beforeEach, expect, test } from "bun:test";
import { acknowledge, type ConsumerKey, readNew } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { waitUntilStored } from "../../src/stream/inspect/wait-until-stored.ts";
import { recordingLog } from "../support/recording-log.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const WAITING = { giveUpMs: 10_000, signal: new AbortController().signal };
const redisOfFile = useTestRedis();

let key: ConsumerKey;
beforeEach(async () => {
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "consumer" };
  await ensureGroup(redisOfFile.redis, key, recordingLog().log);
});

async function readOne(): Promise<void> {
  await readNew(redisOfFile.redis, key, { entriesMax: 1, blockMs: 1 });
}

test("waits for undelivered and for pending entries", async () => {
  const { redis } = redisOfFile;
  await appendEntries(redis, key.stream, ["1-0", "1-1", "2-0"]);
  const backlogs: number[] = [];
  // A consumer takes one step at each poll.
  const steps = [
    async () => await readOne(),
    async () => await acknowledge(redis, key, ["1-0"]),
    async () => await readOne(),
    async () => await acknowledge(redis, key, ["1-1"]),
  ];
  const stepped: Promise<unknown>[] = [];
  const onBacklog = (entries: number): void => {
    backlogs.push(entries);
    const step = steps.shift();
    if (step !== undefined) stepped.push(step());
  };
  const outcome = await waitUntilStored(
    redis,
    { key, lastEntryId: "1-1" },
    { ...WAITING, onBacklog },
  );
  await Promise.all(stepped);
  expect(outcome).toBe("stored");
  expect(backlogs).toEqual([3, 3, 2, 2]);
});

test("gives up on idle consumers while others append", async () => {
  const { redis } = redisOfFile;
  const [id = ""] = await appendEntries(redis, key.stream, 1);
  const appended: Promise<unknown>[] = [];
  const outcome = await waitUntilStored(
    redis,
    { key, lastEntryId: id },
    {
      giveUpMs: 300,
      signal: WAITING.signal,
      onBacklog: () => appended.push(appendEntries(redis, key.stream, 1)),
    },
  );
  await Promise.all(appended);
  expect(outcome).toBe("standstill");
});

test("rejects when it is interrupted", async () => {
  const { redis } = redisOfFile;
  const [id = ""] = await appendEntries(redis, key.stream, 1);
  const interruption = new AbortController();
  const waiting = waitUntilStored(
    redis,
    { key, lastEntryId: id },
    { ...WAITING, signal: interruption.signal, onBacklog: () => interruption.abort() },
  );
  const failure: unknown = await waiting.catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: "AbortError" });
});
