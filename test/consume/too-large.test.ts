import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Sql } from "postgres";
import { Stopwatch } from "../../src/async/stopwatch.ts";
import { DeliveryFinisher } from "../../src/consume/finish-delivery.ts";
import { BATCH_DEADLINE_MS } from "../../src/consume/store-batch.ts";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import type { Database } from "../../src/store/database.ts";
import { MissedDeadline } from "../../src/store/database-error.ts";
import { type ConsumerKey, readNew } from "../../src/stream/consumer-group.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { pendingOf } from "../support/stream-fixture.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { HookedDatabase, storingContext } from "./storing-context.ts";

const SMALLER = "A batch was too large for its deadline; storing it in halves";
const FULL_AGAIN = "Batches have their full size again";
const HELD = "PostgreSQL failed, holding the batch and retrying";

const redisOfFile = useTestRedis();
const databaseOfFile = useTestDatabase();

let key: ConsumerKey;
let recorded: ReturnType<typeof recordingLog>;
beforeEach(async () => {
  recorded = recordingLog();
  key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  await ensureGroup(redisOfFile.redis, key, recorded.log);
});
afterEach(async () => {
  await databaseOfFile.sql`DROP FUNCTION IF EXISTS refuse_large CASCADE`;
  await databaseOfFile.sql`
    TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_users, dead_events`;
});

/** Makes PostgreSQL fail every statement that adds more than `moreThan` rows to a table. */
async function refuse(
  { moreThan, errcode }: { moreThan: number; errcode: string },
  table = "events",
): Promise<void> {
  await databaseOfFile.sql.unsafe(`
    CREATE FUNCTION refuse_large() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (SELECT count(*) FROM added) > ${moreThan} THEN RAISE 'too much' USING ERRCODE = '${errcode}'; END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER refuse_large AFTER INSERT ON ${table} REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_large()`);
}

/** A database that fails everything but batches, and so each probe. */
class UnresponsiveDatabase extends HookedDatabase {
  override async query<Result>(
    deadlineMs: number,
    work: (sql: Sql) => Promise<Result>,
  ): Promise<Result> {
    if (deadlineMs === BATCH_DEADLINE_MS) return await super.query(deadlineMs, work);
    throw new MissedDeadline(deadlineMs);
  }
}

/** Appends entries, and finishes their delivery as a consumer does. */
function startConsumer(database: Database = databaseOfFile.database) {
  const { redis } = redisOfFile;
  const { context } = storingContext({ redis, database, key, log: recorded.log });
  const finisher = new DeliveryFinisher(context);
  return async (entries: number, signal = new AbortController().signal): Promise<void> => {
    const since = new Stopwatch();
    for (let number = 0; number < entries; number += 1) {
      const event = sampleEvent({ path: `/${number}`, userId: `user-${number}` });
      await redis.call("XADD", key.stream, "*", ...encodeEntry(event));
    }
    const delivered = await readNew(redis, key, { entriesMax: entries, blockMs: 1 });
    await finisher.finish({ ...delivered, since }, signal);
  };
}

function committed(): number[] {
  return recorded.records
    .filter(({ sentence }) => sentence === "Transaction committed")
    .map(({ fields }) => Number(fields["stored"]));
}

function recordsOf(sentence: string) {
  return recorded.records.filter((record) => record.sentence === sentence);
}

describe("a batch is stored in halves when PostgreSQL", () => {
  test.each([
    ["cancels a statement that takes too long", "57014"],
    ["ends a transaction that takes too long", "25P04"],
    ["lacks memory", "53200"],
    ["lacks temporary space", "53400"],
  ])("%s", async (_, errcode) => {
    await refuse({ moreThan: 3, errcode });
    const finish = startConsumer();
    await finish(20);
    expect(committed()).toEqual(Array.from({ length: 10 }, () => 2));
    const ways = recordsOf("Transaction committed").map(({ fields }) => fields["way"]);
    expect(new Set(ways)).toEqual(new Set(["copied"]));
    expect(await pendingOf(redisOfFile.redis, key)).toBe(0);
    expect(await checkInvariants(databaseOfFile.sql)).toBe(20);
    expect(recordsOf(SMALLER)).toMatchObject([
      { level: "warn", fields: { entries: 20, error: "too much" } },
    ]);
    expect(recordsOf(SMALLER)[0]?.fields["statement"]).toMatch(/^COPY events \(/);
    expect(recordsOf(HELD)).toEqual([]);
  });

  test.each(["daily_site_users", "daily_site_path_counts"])(
    "is too slow with a statement on %s",
    async (table) => {
      await refuse({ moreThan: 3, errcode: "57014" }, table);
      const finish = startConsumer();
      await finish(20);
      expect(await pendingOf(redisOfFile.redis, key)).toBe(0);
      expect(await checkInvariants(databaseOfFile.sql)).toBe(20);
      expect(recordsOf(SMALLER)).toHaveLength(1);
      expect(String(recordsOf(SMALLER)[0]?.fields["statement"])).toContain(table);
    },
  );
});

describe("DeliveryFinisher", () => {
  test("holds single entries that are too slow, and loses none", async () => {
    await refuse({ moreThan: 0, errcode: "57014" });
    const finish = startConsumer();
    const finished = finish(5);
    await eventually(() => expect(recordsOf(HELD)).toHaveLength(1));
    expect(await pendingOf(redisOfFile.redis, key)).toBe(5);
    await databaseOfFile.sql`DROP FUNCTION refuse_large CASCADE`;
    await finished;
    expect(committed()).toEqual([1, 1, 1, 1, 1]);
    expect(await databaseOfFile.sql`SELECT FROM dead_events`).toHaveLength(0);
    expect(await checkInvariants(databaseOfFile.sql)).toBe(5);
  });

  test("stores full batches again after smaller ones were quick", async () => {
    await refuse({ moreThan: 5, errcode: "57014" });
    const finish = startConsumer();
    await finish(10);
    await databaseOfFile.sql`DROP FUNCTION refuse_large CASCADE`;
    for (let batch = 0; batch < 3; batch += 1) await finish(10);
    expect(recordsOf(FULL_AGAIN)).toHaveLength(1);
    await finish(40);
    expect(committed().at(-1)).toBe(40);
    expect(await checkInvariants(databaseOfFile.sql)).toBe(80);
  });

  test.each([
    ["waits for a lock", "55P03"],
    ["finds a deadlock", "40P01"],
    ["is out of disk", "53100"],
    ["shuts down", "57P01"],
  ])("holds the batch whole when PostgreSQL %s", async (_, errcode) => {
    await refuse({ moreThan: 3, errcode });
    const finish = startConsumer();
    const finished = finish(20);
    await eventually(async () => expect(recordsOf(HELD)).toHaveLength(1));
    await databaseOfFile.sql`DROP FUNCTION refuse_large CASCADE`;
    await finished;
    expect(committed()).toEqual([20]);
    expect(recordsOf(SMALLER)).toEqual([]);
  });

  test.each([
    ["in halves when PostgreSQL responds", false, [10, 10]],
    ["whole when PostgreSQL does not respond", true, [20]],
  ])("after its own deadline stores the batch %s", async (_, isAway, expected) => {
    let misses = 0;
    const missOnce = () => {
      misses += 1;
      if (misses === 1) throw new MissedDeadline(10_000);
    };
    const TestedDatabase = isAway ? UnresponsiveDatabase : HookedDatabase;
    await using database = new TestedDatabase(databaseOfFile.url, missOnce);
    await startConsumer(database)(20);
    expect(committed()).toEqual(expected);
    expect(await checkInvariants(databaseOfFile.sql)).toBe(20);
  });

  test("leaves the rest pending when it is stopped between two parts", async () => {
    await refuse({ moreThan: 3, errcode: "57014" });
    const stopping = new AbortController();
    await using database = new HookedDatabase(databaseOfFile.url, () => {
      if (committed().length === 1) stopping.abort();
    });
    await startConsumer(database)(8, stopping.signal);
    expect(committed()).toEqual([2, 2]);
    expect(await pendingOf(redisOfFile.redis, key)).toBe(4);
    expect(await checkInvariants(databaseOfFile.sql)).toBe(4);
  });
});
