import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { errorText, QueueFlowError } from "../../src/errors.ts";
import { decodeEntry, encodeEntry, entryFields } from "../../src/event/entry-codec.ts";
import { Producer, type ProducerOptions } from "../../src/stream/producer.ts";
import { readClock } from "../../src/stream/redis/redis-clock.ts";
import { entryIdMs, LAST_ENTRY_ID, receivedMsOf } from "../../src/stream/stream-entry.ts";
import { acceptedEvent } from "../support/arbitraries.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();
const FULL = { code: "stream_full", retryable: true };
const EXHAUSTED = { code: "stream_exhausted", retryable: true };

function openProducer(options: Partial<ProducerOptions> = {}) {
  const stream = redisOfFile.streamKey();
  const bounds = { streamLengthMax: 1_000_000, waitingEventsMax: 10_000 };
  const producer = new Producer(redisOfFile.redis, {
    stream,
    ...bounds,
    ...options,
  });
  return { producer, stream: options.stream ?? stream };
}

/** The paths of all entries, oldest first. */
async function pathsOf(stream: string): Promise<readonly (string | undefined)[]> {
  const entries = await redisOfFile.redis.xrange(stream, "-", "+");
  return entries.map(([, flatFields]) => entryFields(flatFields)["path"]);
}

function pathsFrom(prefix: string, length: number): readonly string[] {
  return Array.from({ length }, (_, index) => `/${prefix}/${index}`);
}

async function appendAll(producer: Producer, paths: readonly string[]): Promise<readonly string[]> {
  return await Promise.all(
    paths.map(async (path) => await producer.append([sampleEvent({ path })])),
  );
}

async function redisNowMs(): Promise<number> {
  return Math.floor((await readClock(redisOfFile.redis)) ?? Number.NaN);
}

async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "accepted";
  } catch (error) {
    return error instanceof QueueFlowError ? error.code : errorText(error);
  }
}

describe("appending", () => {
  test("returns the id of the entry", async () => {
    const { producer, stream } = openProducer();
    const event = sampleEvent();
    const id = await producer.append([event]);
    const [entry] = await redisOfFile.redis.xrange(stream, "-", "+");
    expect(entry?.[0]).toBe(id);
    expect(entry?.[1]).toEqual([
      "event_id",
      event.eventId,
      "site_id",
      event.siteId,
      "event_type",
      event.eventType,
      "path",
      event.path,
      "user_id",
      event.userId,
      "timestamp",
      event.timestamp,
      "optional",
      "",
    ]);
  });

  test("keeps the order of thousands of events", async () => {
    const { producer, stream } = openProducer();
    const paths = pathsFrom("at-once", 2_000);
    const ids = await appendAll(producer, paths);
    expect(await pathsOf(stream)).toEqual(paths);
    // Each flush has up to 512 events, which share the id of its last entry.
    expect(new Set(ids).size).toBe(4);
  });

  test("puts events that arrive during a flush into the next", async () => {
    const { producer, stream } = openProducer();
    const first = producer.append([sampleEvent({ path: "/first" })]);
    await new Promise(setImmediate);
    const later = ["/a", "/b", "/c"].map(
      async (path) => await producer.append([sampleEvent({ path })]),
    );
    const ids = new Set(await Promise.all(later));
    expect(ids.size).toBe(1);
    expect(ids).not.toContain(await first);
    expect(await pathsOf(stream)).toEqual(["/first", "/a", "/b", "/c"]);
  });

  test("never mixes the flushes of two producers", async () => {
    const { producer, stream } = openProducer();
    const { producer: other } = openProducer({ stream });
    await Promise.all([
      appendAll(producer, pathsFrom("one", 512)),
      appendAll(other, pathsFrom("two", 512)),
    ]);
    const sites = (await pathsOf(stream)).map((path) => path?.slice(0, 4));
    const changes = sites.filter((site, index) => site !== sites[index - 1]);
    expect(sites).toHaveLength(1_024);
    expect(changes).toHaveLength(2);
  });

  test("keeps texts that look like Redis's protocol or Lua", async () => {
    const { producer, stream } = openProducer();
    const paths = [
      "\r\n*1\r\n$8\r\nFLUSHALL\r\n",
      "']] return 1 --[[",
      "\ufeff😀\u0000".slice(0, -1),
    ];
    await appendAll(producer, paths);
    expect(await pathsOf(stream)).toEqual(paths);
  });

  test("keeps every accepted event unchanged", async () => {
    const { producer, stream } = openProducer();
    const sent = fc.sample(acceptedEvent(), { numRuns: 1_000, seed: 2 });
    await Promise.all(sent.map(async (event) => await producer.append([event])));
    const entries = await redisOfFile.redis.xrange(stream, "-", "+");
    expect(entries.map(([, flatFields]) => flatFields)).toEqual(sent.map(encodeEntry));
  });

  test("is refused when too many events wait", async () => {
    const { producer, stream } = openProducer({ waitingEventsMax: 3 });
    const accepted = appendAll(producer, pathsFrom("accepted", 3));
    const refused = producer.append([sampleEvent()]);
    expect(await rejectionOf(refused)).toMatchObject({
      code: "ingest_overloaded",
      retryable: true,
    });
    await accepted;
    await appendAll(producer, pathsFrom("again", 3));
    expect(await redisOfFile.redis.xlen(stream)).toBe(6);
  });

  test("is refused from the high-water mark down to the low one", async () => {
    const { producer, stream } = openProducer({ streamLengthMax: 10 });
    await appendAll(producer, pathsFrom("below", 9));
    await producer.checkAppend();
    await producer.append([sampleEvent()]);
    expect(await rejectionOf(producer.append([sampleEvent()]))).toMatchObject(FULL);
    await redisOfFile.redis.xtrim(stream, "MAXLEN", 9);
    expect(await rejectionOf(producer.append([sampleEvent()]))).toMatchObject(FULL);
    expect(await rejectionOf(producer.checkAppend())).toMatchObject(FULL);
    expect(await redisOfFile.redis.xlen(stream)).toBe(9);
    await redisOfFile.redis.xtrim(stream, "MAXLEN", 8);
    await producer.append([sampleEvent()]);
    await producer.append([sampleEvent()]);
    expect(await redisOfFile.redis.xlen(stream)).toBe(10);
  });

  test("is not ready while others keep the stream full", async () => {
    const { producer, stream } = openProducer({ streamLengthMax: 10 });
    await producer.checkAppend();
    const { producer: other } = openProducer({ stream, streamLengthMax: 100 });
    await appendAll(other, pathsFrom("fill", 12));
    expect(await rejectionOf(producer.checkAppend())).toMatchObject(FULL);
    await redisOfFile.redis.xtrim(stream, "MAXLEN", 9);
    expect(await rejectionOf(producer.append([sampleEvent()]))).toMatchObject(FULL);
    await redisOfFile.redis.xtrim(stream, "MAXLEN", 8);
    await producer.checkAppend();
    await producer.append([sampleEvent()]);
    expect(await redisOfFile.redis.xlen(stream)).toBe(9);
  });

  test("is refused after the last possible id", async () => {
    const { producer, stream } = openProducer();
    await producer.append([sampleEvent()]);
    await producer.checkAppend();
    await redisOfFile.redis.xadd(stream, LAST_ENTRY_ID, "another", "program");
    expect(await rejectionOf(producer.append([sampleEvent()]))).toMatchObject(EXHAUSTED);
    expect(await rejectionOf(producer.checkAppend())).toMatchObject(EXHAUSTED);
    await redisOfFile.redis.rename(stream, redisOfFile.streamKey());
    await producer.checkAppend();
    await producer.append([sampleEvent()]);
  });

  test("uses the time of Redis as ids", async () => {
    const { producer, stream } = openProducer();
    const before = await redisNowMs();
    await appendAll(producer, pathsFrom("in-time", 600));
    const after = await redisNowMs();
    for (const [id, flatFields] of await redisOfFile.redis.xrange(stream, "-", "+")) {
      expect(entryIdMs(id)).toBeWithin(before, after + 1);
      expect(flatFields).toHaveLength(14);
    }
  });

  const idsAhead = ["4102444800000-0", "18446744073709551615-18446744073709550000"];
  for (const id of idsAhead) {
    test(`writes the time into entries behind the id ${id}`, async () => {
      const { producer, stream } = openProducer();
      await redisOfFile.redis.xadd(stream, id, "another", "program");
      const before = await redisNowMs();
      await appendAll(producer, pathsFrom("ahead", 600));
      const after = await redisNowMs();
      const [, ...entries] = await redisOfFile.redis.xrange(stream, "-", "+");
      expect(entries).toHaveLength(600);
      for (const [entryId, flatFields] of entries) {
        const receivedMs = receivedMsOf({ id: entryId, flatFields });
        expect(receivedMs).toBeWithin(before, after + 1);
        expect(decodeEntry(flatFields, receivedMs)).toMatchObject({ kind: "event" });
      }
    });
  }

  const clocks: [hoursOff: number, outcome: string][] = [
    [-24 * 400, "clock_wrong"],
    [-72, "clock_wrong"],
    [-11, "clock_wrong"],
    [-9, "accepted"],
    [0, "accepted"],
    [9, "accepted"],
    [11, "clock_wrong"],
    [72, "clock_wrong"],
    [24 * 400, "clock_wrong"],
  ];
  test.each(clocks)("with a clock %d hours off: %s", async (hoursOff, outcome) => {
    const nowMs = () => Date.now() + hoursOff * 3_600_000;
    const { producer, stream } = openProducer({ nowMs });
    expect(await outcomeOf(producer.checkAppend())).toBe(outcome);
    expect(await outcomeOf(producer.append([sampleEvent()]))).toBe(outcome);
    expect(await redisOfFile.redis.exists(stream)).toBe(outcome === "accepted" ? 1 : 0);
  });

  test("reports each flush that failed or succeeded", async () => {
    const reported: string[] = [];
    const flushes = {
      failed: (error: unknown) => reported.push(errorText(error)),
      recovered: () => reported.push("recovered"),
    };
    const { producer, stream } = openProducer({ flushes });
    await producer.append([sampleEvent()]);
    await redisOfFile.redis.del(stream);
    await redisOfFile.redis.set(stream, "no stream");
    await rejectionOf(producer.append([sampleEvent()]));
    await redisOfFile.redis.del(stream);
    await producer.append([sampleEvent()]);
    expect(reported).toEqual(["recovered", expect.stringContaining("WRONGTYPE"), "recovered"]);
  });

  test("works again once a full stream of one entry is empty", async () => {
    const { producer, stream } = openProducer({ streamLengthMax: 1 });
    await producer.append([sampleEvent()]);
    expect(await rejectionOf(producer.append([sampleEvent()]))).toMatchObject(FULL);
    await redisOfFile.redis.xtrim(stream, "MAXLEN", 0);
    await producer.append([sampleEvent()]);
  });

  test("appends nothing of a flush that Redis refuses", async () => {
    const { producer, stream } = openProducer();
    await redisOfFile.redis.set(stream, "no stream");
    const outcomes = await Promise.allSettled(
      pathsFrom("refused", 5).map(async (path) => await producer.append([sampleEvent({ path })])),
    );
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "stream_unavailable" } });
    }
    await redisOfFile.redis.del(stream);
    await producer.append([sampleEvent({ path: "/after" })]);
    expect(await pathsOf(stream)).toEqual(["/after"]);
  });

  test("frees the room of events that failed", async () => {
    const { producer, stream } = openProducer({ waitingEventsMax: 2 });
    await redisOfFile.redis.set(stream, "no stream");
    await Promise.allSettled([producer.append([sampleEvent()]), producer.append([sampleEvent()])]);
    await redisOfFile.redis.del(stream);
    await appendAll(producer, pathsFrom("room", 2));
    expect(await redisOfFile.redis.xlen(stream)).toBe(2);
  });

  test("works when Redis has forgotten the script", async () => {
    const { producer, stream } = openProducer();
    await producer.append([sampleEvent()]);
    await redisOfFile.redis.script("FLUSH");
    await appendAll(producer, pathsFrom("forgotten", 600));
    expect(await redisOfFile.redis.xlen(stream)).toBe(601);
  });

  test("is drained when nothing waits or is in flight", async () => {
    const { producer, stream } = openProducer();
    const appended = appendAll(producer, pathsFrom("drain", 1_200));
    await producer.drained();
    expect(await redisOfFile.redis.xlen(stream)).toBe(1_200);
    await appended;
    await producer.drained();
  });
});

describe("appending a list", () => {
  /** A producer that records the size of each flush. */
  function openCounting(options: Partial<ProducerOptions> = {}) {
    const flushed: number[] = [];
    const onFlushed = (events: number) => flushed.push(events);
    return { ...openProducer({ onFlushed, ...options }), flushed };
  }
  const events = (prefix: string, length: number) =>
    pathsFrom(prefix, length).map((path) => sampleEvent({ path }));

  test("keeps a list of up to one flush in one call", async () => {
    const { producer, stream, flushed } = openCounting();
    const sizes = [200, 300, 100, 512, 1];
    const lists = sizes.map((size, index) => events(String(index), size));
    await Promise.all(lists.map(async (list) => await producer.append(list)));
    // The single event does not wait for the lists.
    expect(flushed).toEqual([1, 500, 100, 512]);
    const [single, ...others] = lists.toReversed();
    const inOrder = [...(single ?? []), ...others.toReversed().flat()];
    expect(await pathsOf(stream)).toEqual(inOrder.map(({ path }) => path));
  });

  test("lets lists and single events take turns", async () => {
    const { producer, flushed } = openCounting();
    const list = producer.append(events("list", 1_536));
    const singles = events("single", 1_000).map(async (event) => await producer.append([event]));
    await Promise.all([list, ...singles]);
    expect(flushed).toEqual([512, 512, 488, 512, 512]);
    expect(await outcomeOf(list)).toBe("accepted");
  });

  test("bounds a flush and what waits by the size of the events", async () => {
    const { producer, stream, flushed } = openCounting({ waitingCharactersMax: 1_500_000 });
    const properties = JSON.stringify({ text: "x".repeat(8_000) });
    const list = events("large", 300).map((event) => ({ ...event, properties }));
    const appended = producer.append(list);
    expect(await outcomeOf(producer.append(events("next", 1)))).toBe("ingest_overloaded");
    await appended;
    expect(flushed.length).toBeGreaterThan(2);
    expect(flushed.every((size) => size < 140)).toBe(true);
    expect(await redisOfFile.redis.xlen(stream)).toBe(300);
  });

  test("splits a longer list over flushes and keeps its order", async () => {
    const { producer, stream, flushed } = openCounting();
    const lastEntryId = await producer.append(events("long", 1_200));
    expect(flushed).toEqual([512, 512, 176]);
    expect(await pathsOf(stream)).toEqual(pathsFrom("long", 1_200));
    expect((await redisOfFile.redis.xrevrange(stream, "+", "-", "COUNT", 1))[0]?.[0]).toBe(
      lastEntryId,
    );
  });

  test("appends nothing of a list without room for all", async () => {
    const { producer, stream } = openCounting({ streamLengthMax: 3_000 });
    await appendAll(producer, pathsFrom("there", 2_000));
    for (let sent = 0; sent < 3; sent += 1) {
      expect(await rejectionOf(producer.append(events("list", 1_400)))).toMatchObject(FULL);
    }
    expect(await redisOfFile.redis.xlen(stream)).toBe(2_000);
    // Others still fit.
    await Promise.all([producer.append(events("shorter", 900)), producer.append(events("one", 1))]);
    expect(await redisOfFile.redis.xlen(stream)).toBe(2_901);
  });

  test("begins a list longer than the stream may be", async () => {
    const { producer, stream } = openCounting({ streamLengthMax: 600 });
    const list = events("partial", 2_000);
    expect(await rejectionOf(producer.append(list))).toMatchObject(FULL);
    expect(await pathsOf(stream)).toEqual(pathsFrom("partial", 1_024));
  });

  test("has appended every list that it accepted", async () => {
    const { producer, stream } = openCounting({ streamLengthMax: 2_000 });
    const sizes = [1, 511, 513, 40, 700, 512, 3, 1_024, 100, 2_000, 7];
    const lists = sizes.map((size, index) => events(String(index), size));
    const outcomes = await Promise.all(
      lists.map(async (list) => await outcomeOf(producer.append(list))),
    );
    const appended = new Set(await pathsOf(stream));
    const accepted = lists.filter((_, index) => outcomes[index] === "accepted");
    expect(new Set(outcomes)).toEqual(new Set(["accepted", "stream_full"]));
    expect(accepted.flat().filter(({ path }) => !appended.has(path))).toEqual([]);
  });

  test("refuses a list that does not fit among the waiting events", async () => {
    const { producer, stream } = openCounting({ waitingEventsMax: 1_000 });
    expect(await outcomeOf(producer.append(events("over", 1_001)))).toBe("ingest_overloaded");
    const first = producer.append(events("first", 600));
    expect(await outcomeOf(producer.append(events("second", 401)))).toBe("ingest_overloaded");
    await Promise.all([first, producer.append(events("third", 400))]);
    expect(await redisOfFile.redis.xlen(stream)).toBe(1_000);
  });

  test("appends nothing for an empty list", async () => {
    const { producer, stream, flushed } = openCounting();
    await producer.append([]);
    await producer.drained();
    expect(flushed).toEqual([]);
    expect(await redisOfFile.redis.exists(stream)).toBe(0);
  });
});
