import { beforeEach, describe, expect, test } from "bun:test";
import { DeliveryFinisher } from "../../src/consume/finish-delivery.ts";
import { finishPending } from "../../src/consume/finish-pending.ts";
import { CRASHES_MAX } from "../../src/consume/poison/trials.ts";
import { entryFields } from "../../src/event/entry-codec.ts";
import { acknowledge, type ConsumerKey, readNew } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { oldestPending } from "../../src/stream/inspect/pending-entries.ts";
import { beginTrial } from "../../src/stream/trial-notes.ts";
import { eventually } from "../support/eventually.ts";
import type { Scrape } from "../support/metrics-samples.ts";
import { recordingLog } from "../support/recording-log.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { appendEntries, pendingOf } from "../support/stream-fixture.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { HookedDatabase, storingContext } from "./storing-context.ts";

const redisOfFile = useTestRedis();
const databaseOfFile = useTestDatabase();
const { log, records } = recordingLog();

let key: ConsumerKey;
beforeEach(async () => {
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  await ensureGroup(redisOfFile.redis, key, log);
});

/** Finishes pending entries as a restarted thread does, and returns its metrics. `beforeTransaction` also sees dry runs. */
async function finishAll(
  beforeTransaction: () => Promise<void> | void = () => undefined,
  batchEntriesMax = 5_000,
): Promise<Scrape> {
  const { redis } = redisOfFile;
  await using database = new HookedDatabase(databaseOfFile.url, beforeTransaction);
  const { context, readMetrics } = storingContext({ redis, database, key, log, batchEntriesMax });
  const finisher = new DeliveryFinisher(context);
  await finishPending(context, { finisher, signal: new AbortController().signal });
  return await readMetrics();
}

async function deliver(entries: number): Promise<readonly string[]> {
  const ids = await appendEntries(redisOfFile.redis, key.stream, entries);
  await readNew(redisOfFile.redis, key, { entriesMax: entries, blockMs: 1 });
  return ids;
}

async function deadReasons(): Promise<readonly string[]> {
  const rows = await databaseOfFile.sql`
    SELECT reason FROM dead_events WHERE stream = ${key.stream} ORDER BY id`;
  return rows.map((row) => String(row["reason"]));
}

async function notes(): Promise<Record<string, string>> {
  return await redisOfFile.redis.hgetall(`${key.stream}:workers:trials`);
}

async function noteCrashes(entryId: string, crashes: number): Promise<void> {
  for (let thread = 1; thread <= crashes; thread += 1) {
    await beginTrial(redisOfFile.redis, key, { entryId, runId: `thread ${thread}` });
  }
}

describe("finishPending", () => {
  test("stores smaller batches the more often entries were delivered", async () => {
    const ids = await deliver(8);
    await redisOfFile.redis.xclaim(
      key.stream,
      "workers",
      "worker-1",
      0,
      ids[6] ?? "",
      "RETRYCOUNT",
      2,
    );
    const pending: number[] = [];
    await finishAll(async () => {
      pending.push((await oldestPending(redisOfFile.redis, key, 100)).length);
    }, 568);
    // Four first deliveries together, the other two, the often delivered one, the last. A dry run precedes each single entry.
    expect(pending).toEqual([8, 4, 2, 2, 1, 1]);
    expect(await pendingOf(redisOfFile.redis, key)).toBe(0);
  });

  test("raises no delivery count outside the batch", async () => {
    await deliver(3);
    const counts: number[][] = [];
    await finishAll(async () => {
      const oldest = await oldestPending(redisOfFile.redis, key, 10);
      counts.push(oldest.map(({ deliveries }) => deliveries));
    }, 64);
    expect(counts).toEqual([[2, 1, 1], [2, 1, 1], [2, 1], [2, 1], [2], [2]]);
  });

  test("notes the trial of a single entry while it lasts", async () => {
    const [id = ""] = await deliver(1);
    const seen: string[][] = [];
    await finishAll(async () => {
      seen.push(Object.values(await notes()));
    });
    expect(seen).toEqual([[], [id]]);
    expect(await notes()).toEqual({});
    expect(await deadReasons()).toEqual([]);
  });

  test("notes no trial of several entries", async () => {
    await deliver(2);
    await finishAll(async () => {
      expect(await notes()).toEqual({});
    });
  });

  test("sets an entry aside untried after three crashes", async () => {
    const [id = ""] = await deliver(1);
    await noteCrashes(id, CRASHES_MAX);
    const stored = await databaseOfFile.sql`SELECT FROM events`;
    const counted = await finishAll();
    expect(await deadReasons()).toEqual(["Its processing ended the thread 3 times"]);
    const dead = counted
      .all("queueflow_dead_letters_total")
      .map(({ labels, value }) => [labels["reason"], value]);
    expect(Object.fromEntries(dead)).toEqual({ invalid: 0, rejected: 0, deadly: 1 });
    expect(await databaseOfFile.sql`SELECT FROM events`).toHaveLength(stored.length);
    expect(await notes()).toEqual({});
    expect(await pendingOf(redisOfFile.redis, key)).toBe(0);
  });

  test("stores an entry after fewer crashes, and forgets its notes", async () => {
    const [id = ""] = await deliver(1);
    await noteCrashes(id, CRASHES_MAX - 1);
    await finishAll();
    expect(await deadReasons()).toEqual([]);
    expect(await notes()).toEqual({});
  });

  test("a failure of PostgreSQL is no crash, however often", async () => {
    const [id = ""] = await deliver(1);
    await noteCrashes(id, CRASHES_MAX - 1);
    let failures = 0;
    await finishAll(async () => {
      if (failures === 4) return;
      failures += 1;
      throw Object.assign(new Error("PostgreSQL is away"), { code: "ECONNREFUSED" });
    });
    expect(failures).toBe(4);
    expect(await deadReasons()).toEqual([]);
    expect(await notes()).toEqual({});
  });

  test("stores an entry, and logs once, when Redis refuses notes", async () => {
    await deliver(2);
    await redisOfFile.redis.set(`${key.stream}:workers:trials`, "no hash");
    const refusals = () => records.filter(({ sentence }) => sentence.includes("refuses the notes"));
    const before = refusals().length;
    await finishAll(undefined, 64);
    expect(await pendingOf(redisOfFile.redis, key)).toBe(0);
    expect(refusals()).toHaveLength(before + 1);
    expect(refusals().at(-1)).toMatchObject({ level: "error" });
    await redisOfFile.redis.del(`${key.stream}:workers:trials`);
  });

  test("withdraws the note while the trial waits for PostgreSQL", async () => {
    const [id = ""] = await deliver(1);
    const [[, flatFields] = ["", []]] = await redisOfFile.redis.xrange(key.stream, id, id);
    const { event_id, site_id } = entryFields(flatFields);
    const release = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holding = databaseOfFile.sql.begin(async (tx) => {
      await tx`
        INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp)
        VALUES (${event_id ?? ""}, ${site_id ?? ""}, 'held', '/', 'u', now())`;
      locked.resolve();
      await release.promise;
      throw new Error("Rolled back");
    });
    await locked.promise;
    let seen = 0;
    const finishing = finishAll(async () => {
      seen = Object.values(await notes()).length;
    });
    // The dry run succeeds; the entry itself waits for the row that the other session holds.
    await eventually(() => expect(seen).toBe(1));
    await eventually(async () => expect(await notes()).toEqual({}));
    expect(await pendingOf(redisOfFile.redis, key)).toBe(1);
    release.resolve();
    expect(await rejectionOf(holding)).toMatchObject({ message: "Rolled back" });
    await finishing;
    expect(await pendingOf(redisOfFile.redis, key)).toBe(0);
    expect(await deadReasons()).toEqual([]);
  });

  test("ends without dead letters at a defect that meets any entry", async () => {
    const [id = ""] = await deliver(1);
    await noteCrashes(id, CRASHES_MAX);
    const defect = new TypeError("undefined is not a function");
    const ended = finishAll(async () => {
      throw defect;
    });
    expect(await rejectionOf(ended)).toBe(defect);
    expect(await deadReasons()).toEqual([]);
    expect(await pendingOf(redisOfFile.redis, key)).toBe(1);
  });

  test("continues when another consumer finishes some entries", async () => {
    const ids = await deliver(4);
    let transactions = 0;
    await finishAll(async () => {
      transactions += 1;
      if (transactions === 1) await acknowledge(redisOfFile.redis, key, ids.slice(1, 3));
    }, 64);
    // Two entries, each after a dry run.
    expect(transactions).toBe(4);
    expect(await pendingOf(redisOfFile.redis, key)).toBe(0);
  });
});
