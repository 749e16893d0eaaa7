import { beforeEach, expect, test } from "bun:test";
import { waitUntilStored } from "../../src/cli/import/wait-until-stored.ts";
import {
  acknowledge,
  type ConsumerKey,
  ensureGroup,
  readNew,
} from "../../src/stream/consumer-group.ts";
import { recordingLog } from "../support/recording-log.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { useTestRedis } from "../support/test-stream.ts";

const PATIENT = { patienceMs: 10_000, signal: new AbortController().signal };
const redisOfFile = useTestRedis();

let key: ConsumerKey;
beforeEach(async () => {
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "consumer" };
  await ensureGroup(redisOfFile.redis, key, recordingLog().log);
});

async function readOne(): Promise<void> {
  await readNew(redisOfFile.redis, key, { entriesMax: 1, blockMs: 1 });
}

test("waitUntilStored waits for what is undelivered and for what is pending", async () => {
  const { redis } = redisOfFile;
  await appendEntries(redis, key.stream, ["1-0", "1-1", "2-0"]);
  const backlogs: number[] = [];
  // A consumer that takes one step each time it is looked at.
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
    { ...PATIENT, onBacklog },
  );
  await Promise.all(stepped);
  expect(outcome).toBe("stored");
  expect(backlogs).toEqual([3, 3, 2, 2]);
});

test("waitUntilStored gives up when the consumers stand still, though others append", async () => {
  const { redis } = redisOfFile;
  const [id = ""] = await appendEntries(redis, key.stream, 1);
  const appended: Promise<unknown>[] = [];
  const outcome = await waitUntilStored(
    redis,
    { key, lastEntryId: id },
    {
      patienceMs: 300,
      signal: PATIENT.signal,
      onBacklog: () => appended.push(appendEntries(redis, key.stream, 1)),
    },
  );
  await Promise.all(appended);
  expect(outcome).toBe("standstill");
});

test("waitUntilStored rejects when it is interrupted", async () => {
  const { redis } = redisOfFile;
  const [id = ""] = await appendEntries(redis, key.stream, 1);
  const interruption = new AbortController();
  const waiting = waitUntilStored(
    redis,
    { key, lastEntryId: id },
    { ...PATIENT, signal: interruption.signal, onBacklog: () => interruption.abort() },
  );
  const failure: unknown = await waiting.catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: "AbortError" });
});
