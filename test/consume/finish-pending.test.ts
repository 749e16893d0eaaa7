import { beforeEach, describe, expect, test } from "bun:test";
import { BatchWorker } from "../../src/consume/batch-worker.ts";
import { finishPending } from "../../src/consume/finish-pending.ts";
import { TRIAL_DEATHS_MAX } from "../../src/consume/poison/trials.ts";
import { WorkInHand } from "../../src/consume/work-in-hand.ts";
import { entryFields } from "../../src/event/entry-codec.ts";
import { Database, type Transaction } from "../../src/store/database.ts";
import {
  acknowledge,
  type ConsumerKey,
  ensureGroup,
  readNew,
} from "../../src/stream/consumer-group.ts";
import { oldestPending } from "../../src/stream/inspect/pending-entries.ts";
import { beginTrial } from "../../src/stream/trial-notes.ts";
import { eventually } from "../support/eventually.ts";
import type { Scrape } from "../support/metrics-samples.ts";
import { recordingLog } from "../support/recording-log.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { storingMetrics } from "../support/storing-metrics.ts";
import { appendEntries, pendingOf } from "../support/stream-fixture.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();
const databaseOfFile = useTestDatabase();
const { log, records } = recordingLog();

let key: ConsumerKey;
beforeEach(async () => {
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  await ensureGroup(redisOfFile.redis, key, log);
});

/** A database that hears of each transaction before it begins, a rehearsal included, and may fail it. */
class WatchedDatabase extends Database {
  readonly #before: () => Promise<void>;

  constructor(url: string, before: () => Promise<void>) {
    super({ url, connectionsMax: 1 });
    this.#before = before;
  }

  override async transaction<Result>(
    deadlineMs: number,
    work: (tx: Transaction) => Promise<Result>,
  ): Promise<Result> {
    await this.#before();
    return await super.transaction(deadlineMs, work);
  }
}

/** Finishes what is pending as a thread does that has just started; `before` sees each transaction. Answers its metrics. */
async function finishAll(
  before: () => Promise<void> = async () => undefined,
  batchEntriesMax = 5_000,
): Promise<Scrape> {
  const { redis } = redisOfFile;
  const database = new WatchedDatabase(databaseOfFile.url, before);
  try {
    const workInHand = new WorkInHand();
    const { metrics, read } = storingMetrics();
    const options = { redis, database, key, claimIdleMs: 30_000, workInHand, metrics, log };
    const worker = new BatchWorker(options);
    const { signal } = new AbortController();
    await finishPending({ ...options, batchEntriesMax }, { worker, signal });
    return await read();
  } finally {
    await database.close(1_000);
  }
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

async function noted(): Promise<Record<string, string>> {
  return await redisOfFile.redis.hgetall(`${key.stream}:workers:trials`);
}

async function noteDeaths(entryId: string, deaths: number): Promise<void> {
  for (let life = 1; life <= deaths; life += 1) {
    await beginTrial(redisOfFile.redis, key, { entryId, runId: `life ${life}` });
  }
}

describe("finishPending", () => {
  test("finishPending stores in groups that grow smaller with the number of deliveries", async () => {
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
    // Four of the first deliveries together, the other two before the often delivered one, it, the last;
    // those that come alone after a rehearsal.
    expect(pending).toEqual([8, 4, 2, 2, 1, 1]);
    expect(await pendingOf(redisOfFile.redis, key)).toBe(0);
  });

  test("finishPending leaves the count of those alone that are not in the group in hand", async () => {
    await deliver(3);
    const counts: number[][] = [];
    await finishAll(async () => {
      const oldest = await oldestPending(redisOfFile.redis, key, 10);
      counts.push(oldest.map(({ deliveries }) => deliveries));
    }, 64);
    expect(counts).toEqual([[2, 1, 1], [2, 1, 1], [2, 1], [2, 1], [2], [2]]);
  });

  test("finishPending notes a trial while it lasts, and not its rehearsal, when an entry is alone", async () => {
    const [id = ""] = await deliver(1);
    const seen: string[][] = [];
    await finishAll(async () => {
      seen.push(Object.values(await noted()));
    });
    expect(seen).toEqual([[], [id]]);
    expect(await noted()).toEqual({});
    expect(await deadReasons()).toEqual([]);
  });

  test("finishPending notes no trial when an entry has company", async () => {
    await deliver(2);
    await finishAll(async () => {
      expect(await noted()).toEqual({});
    });
  });

  test("finishPending sets an entry aside unprocessed when its trials have ended three threads", async () => {
    const [id = ""] = await deliver(1);
    await noteDeaths(id, TRIAL_DEATHS_MAX);
    const stored = await databaseOfFile.sql`SELECT FROM events`;
    const counted = await finishAll();
    expect(await deadReasons()).toEqual(["Its processing ended the thread 3 times"]);
    const dead = counted
      .all("queueflow_dead_letters_total")
      .map(({ labels, value }) => [labels["reason"], value]);
    expect(Object.fromEntries(dead)).toEqual({ invalid: 0, rejected: 0, deadly: 1 });
    expect(await databaseOfFile.sql`SELECT FROM events`).toHaveLength(stored.length);
    expect(await noted()).toEqual({});
    expect(await pendingOf(redisOfFile.redis, key)).toBe(0);
  });

  test("finishPending stores an entry and forgets its notes when its trials have ended fewer", async () => {
    const [id = ""] = await deliver(1);
    await noteDeaths(id, TRIAL_DEATHS_MAX - 1);
    await finishAll();
    expect(await deadReasons()).toEqual([]);
    expect(await noted()).toEqual({});
  });

  test("finishPending counts an attempt as ended when PostgreSQL fails in it, however often", async () => {
    const [id = ""] = await deliver(1);
    await noteDeaths(id, TRIAL_DEATHS_MAX - 1);
    let failures = 0;
    await finishAll(async () => {
      if (failures === 4) return;
      failures += 1;
      throw Object.assign(new Error("PostgreSQL is away"), { code: "ECONNREFUSED" });
    });
    expect(failures).toBe(4);
    expect(await deadReasons()).toEqual([]);
    expect(await noted()).toEqual({});
  });

  test("finishPending stores an entry, and says so once, when Redis refuses the note of its trial", async () => {
    await deliver(2);
    await redisOfFile.redis.set(`${key.stream}:workers:trials`, "no hash");
    const said = () => records.filter(({ sentence }) => sentence.includes("refuses the notes"));
    const before = said().length;
    await finishAll(undefined, 64);
    expect(await pendingOf(redisOfFile.redis, key)).toBe(0);
    expect(said()).toHaveLength(before + 1);
    expect(said().at(-1)).toMatchObject({ level: "error" });
    await redisOfFile.redis.del(`${key.stream}:workers:trials`);
  });

  test("finishPending takes the note of a trial back when PostgreSQL holds it up", async () => {
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
      seen = Object.values(await noted()).length;
    });
    // The rehearsal goes through; the entry itself waits for the row that the other session holds.
    await eventually(() => expect(seen).toBe(1));
    await eventually(async () => expect(await noted()).toEqual({}));
    expect(await pendingOf(redisOfFile.redis, key)).toBe(1);
    release.resolve();
    expect(await rejectionOf(holding)).toMatchObject({ message: "Rolled back" });
    await finishing;
    expect(await pendingOf(redisOfFile.redis, key)).toBe(0);
    expect(await deadReasons()).toEqual([]);
  });

  test("finishPending sets nothing aside, and ends, when a defect of ours would meet any entry", async () => {
    const [id = ""] = await deliver(1);
    await noteDeaths(id, TRIAL_DEATHS_MAX);
    const defect = new TypeError("undefined is not a function");
    const ended = finishAll(async () => {
      throw defect;
    });
    expect(await rejectionOf(ended)).toBe(defect);
    expect(await deadReasons()).toEqual([]);
    expect(await pendingOf(redisOfFile.redis, key)).toBe(1);
  });

  test("finishPending goes on with what is left when another consumer finishes some meanwhile", async () => {
    const ids = await deliver(4);
    let transactions = 0;
    await finishAll(async () => {
      transactions += 1;
      if (transactions === 1) await acknowledge(redisOfFile.redis, key, ids.slice(1, 3));
    }, 64);
    // Two entries, each after a rehearsal.
    expect(transactions).toBe(4);
    expect(await pendingOf(redisOfFile.redis, key)).toBe(0);
  });
});
