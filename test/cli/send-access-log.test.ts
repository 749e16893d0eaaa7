import { afterEach, expect, setSystemTime, test } from "bun:test";
import { ImportTally } from "../../src/cli/import/import-tally.ts";
import { sendAccessLog } from "../../src/cli/import/send-access-log.ts";
import { COMBINED } from "../../src/importers/formats/clf.ts";
import { Producer } from "../../src/stream/producer.ts";
import { eventually } from "../support/eventually.ts";
import { useTestRedis } from "../support/test-stream.ts";

const HOUR_MS = 60 * 60_000;
const redisOfFile = useTestRedis();

/** A line of the combined format at an instant. */
function lineAt(ms: number, path = "/"): string {
  const [, month, day, year, time] =
    /^\w+, (?<day>\d\d) (?<month>\w{3}) (?<year>\d{4}) ([\d:]{8})/.exec(
      new Date(ms).toUTCString(),
    ) ?? [];
  return `192.0.2.7 - - [${month}/${day}/${year}:${time} +0000] "GET ${path} HTTP/1.1" 200 5 "-" "Mozilla/5.0"\n`;
}

async function send(chunks: AsyncIterable<Uint8Array>, stream: string): Promise<ImportTally> {
  const producer = new Producer(redisOfFile.redis, {
    stream,
    streamLengthMax: 1_000_000,
    waitingEventsMax: 4_096,
  });
  const tally = new ImportTally();
  await sendAccessLog(producer, {
    chunks,
    siteId: "example.com",
    format: COMBINED,
    only: "all",
    keptQuery: new Set(),
    complete: false,
    tally,
    sending: { giveUpMs: 20_000, signal: new AbortController().signal, isRetryable: () => true },
    onProgress: () => undefined,
  });
  return tally;
}

afterEach(() => {
  setSystemTime();
});

test("reads the clock for every line", async () => {
  const startMs = Date.now();
  // Lines may be 24 hours ahead, and this clock 10 hours apart from that of Redis.
  async function* twoDays(): AsyncGenerator<Uint8Array> {
    for (const clockMs of [startMs - 9 * HOUR_MS, startMs + 9 * HOUR_MS]) {
      setSystemTime(clockMs);
      yield Buffer.from(lineAt(clockMs + 23 * HOUR_MS));
    }
  }
  const tally = await send(twoDays(), redisOfFile.streamKey());
  expect(tally.skippedByReason).toEqual(new Map());
  expect(tally.eventsAccepted).toBe(2);
});

test("sends its events when the source pauses or fails", async () => {
  const stream = redisOfFile.streamKey();
  const length = async () => await redisOfFile.redis.xlen(stream);
  async function* failing(): AsyncGenerator<Uint8Array> {
    const nowMs = Date.now();
    yield Buffer.from(lineAt(nowMs, "/a"));
    await eventually(async () => expect(await length()).toBe(1));
    yield Buffer.from(`${lineAt(nowMs, "/b")}${lineAt(nowMs, "/c").slice(0, -1)}`);
    throw new Error("the disk is gone");
  }
  const failure: unknown = await send(failing(), stream).catch((error: unknown) => error);
  expect(failure).toMatchObject({ message: "the disk is gone" });
  expect(await length()).toBe(2);
});

test("sends its events although lines never stop coming", async () => {
  const stream = redisOfFile.streamKey();
  async function* steady(): AsyncGenerator<Uint8Array> {
    const line = Buffer.from(lineAt(Date.now()));
    while ((await redisOfFile.redis.xlen(stream)) === 0) yield line;
  }
  expect((await send(steady(), stream)).eventsAccepted).toBeGreaterThan(0);
});
