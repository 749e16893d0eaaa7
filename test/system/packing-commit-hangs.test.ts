import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Sql } from "postgres";
import { storeByInsert } from "../../src/store/batch/store-by-insert.ts";
import { distinctInOrder } from "../../src/store/in-key-order.ts";
import { startReportSampler } from "../chaos/report-sampler.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { askReport } from "../support/ask-report.ts";
import { awaitAbsentStandby } from "../support/awaited-standby.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { checkPacked } from "../support/check-packed.ts";
import { connectPostgres } from "../support/connect.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  type EngineServers,
  openEngineServers,
  untilDrained,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { scrape } from "../support/metrics-samples.ts";
import { sampleReceivedEvent } from "../support/sample-event.ts";
import { suspend } from "../support/server-processes.ts";
import { ownPostgres, SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";

const TIMEOUT_MS = 180_000;
const SITE = "hanging.example";
/** A day of its own: other batches do not wait for its rollups. */
const LATE_DATE = "2026-01-20";
const LATE_EVENTS = 5;
/** More than are due to be packed. */
const EVENTS = 1_200;
const LOCK = 42;

const stack = new AsyncDisposableStack();
let servers: EngineServers;
let engine: Engine;
let databaseUrl = "";
/** Its commits hang. */
let late: Sql;
/** Holds the lock. */
let lock: Sql;

beforeAll(async () => {
  const { databaseUrl: url } = stack.use(await ownPostgres());
  databaseUrl = url;
  servers = stack.use(await openEngineServers({ databaseUrl }));
  engine = stack.use(await startEngine({ env: servers.env }));
  await untilMigrated(engine);
  await servers.sql.unsafe(`
    CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock(${LOCK}); RETURN NEW; END $$;
    CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.path = '/late') EXECUTE FUNCTION wait_for_test();`);
  late = connectPostgres(databaseUrl, { max: 1 });
  lock = connectPostgres(databaseUrl, { max: 1 });
  stack.defer(async () => void (await Promise.all([late.end(), lock.end()])));
}, SERVERS_START_TIMEOUT_MS);
// A test that failed may hold it.
afterEach(async () => void (await lock`SELECT pg_advisory_unlock_all()`));
afterAll(async () => await stack.disposeAsync(), TIMEOUT_MS);

/** A transaction that has drawn ids and hangs in its COMMIT. */
interface HangingCommit {
  /** The last of its ids. */
  readonly lastId: bigint;
  /** Lets it end. */
  readonly end: () => Promise<void>;
}

async function storeLate(): Promise<void> {
  const events = Array.from({ length: LATE_EVENTS }, (_, number) =>
    sampleReceivedEvent({
      eventId: Bun.randomUUIDv7(),
      siteId: SITE,
      path: "/late",
      userId: `late-${number}`,
      timestamp: `${LATE_DATE}T12:00:00.000Z`,
    }),
  );
  await late.begin(async (tx) => await storeByInsert(tx, distinctInOrder(events)));
}

async function untilHanging(event: string): Promise<{ pid: number; lastId: bigint }> {
  return await eventually(async () => {
    const [row] = await servers.sql`
      SELECT pid, (SELECT last_value::text FROM events_id_seq) AS id FROM pg_stat_activity
      WHERE lower(query) LIKE 'commit%' AND wait_event = ${event} AND application_name <> 'queueflow'`;
    expect(row).toBeDefined();
    return { pid: Number(row?.["pid"]), lastId: BigInt(String(row?.["id"])) };
  });
}

async function hangByLock(): Promise<HangingCommit> {
  await lock`SELECT pg_advisory_lock(${LOCK})`;
  const stored = storeLate();
  const { lastId } = await untilHanging("advisory");
  return {
    lastId,
    end: async () => {
      await lock`SELECT pg_advisory_unlock(${LOCK})`;
      await stored;
    },
  };
}

async function hangBySuspension(): Promise<HangingCommit> {
  await lock`SELECT pg_advisory_lock(${LOCK})`;
  const stored = storeLate();
  const { pid, lastId } = await untilHanging("advisory");
  await suspend(pid);
  await lock`SELECT pg_advisory_unlock(${LOCK})`;
  return {
    lastId,
    end: async () => {
      process.kill(pid, "SIGCONT");
      await stored;
    },
  };
}

async function hangByStandby(): Promise<HangingCommit> {
  await using building = new AsyncDisposableStack();
  const standby = building.use(await awaitAbsentStandby(databaseUrl));
  const stored = storeLate();
  const { lastId } = await untilHanging("SyncRep");
  building.move();
  return {
    lastId,
    end: async () => {
      await standby[Symbol.asyncDispose]();
      await stored;
    },
  };
}

async function packedId(): Promise<bigint> {
  const [row] =
    await servers.sql`SELECT packed_id::text AS id FROM site_packing WHERE site_id = ${SITE}`;
  return BigInt(String(row?.["id"] ?? 0));
}

async function eventsByDay(): Promise<readonly unknown[]> {
  const { body } = await askReport(engine, {
    site_id: SITE,
    metrics: ["events", "visitors"],
    dimensions: ["time:day"],
    date_range: "all",
  });
  return (body["results"] as { dimensions: unknown[]; metrics: unknown[] }[]).map((row) => [
    ...row.dimensions,
    ...row.metrics,
  ]);
}

async function storedByDay(): Promise<readonly unknown[]> {
  return await servers.sql`
    SELECT date::text, total_views::int, unique_users::int FROM daily_site_stats
    WHERE site_id = ${SITE} ORDER BY date`.values();
}

describe("rows of a commit are in reports and chunks after", () => {
  test.each([
    ["it waited for a lock", hangByLock, EVENTS / 2],
    ["its session was suspended", hangBySuspension, EVENTS / 2],
    // All commits wait: hardly an id is drawn.
    ["its synchronous standby was away", hangByStandby, LATE_EVENTS],
  ])(
    "%s",
    async (_, hang, idsMin) => {
      const failures: string[] = [];
      const sampler = startReportSampler(
        { engine: { url: engine.url, couldAnswerSince: () => true }, databaseUrl },
        { fail: (what) => failures.push(what) },
      );
      await using load = startLoad({ url: () => engine.url, siteId: SITE });
      await load.untilAccepted(EVENTS);
      const before = await packedId();
      await eventually(async () => expect(await packedId()).toBeGreaterThan(before), 60_000);

      const { lastId, end } = await hang();
      try {
        await load.untilAccepted(EVENTS);
        // The packer has looked since.
        await eventually(async () => {
          const [unsettled] = (await scrape(engine)).all("queueflow_unsettled_ids");
          expect(unsettled?.value).toBeGreaterThanOrEqual(idsMin);
        }, 60_000);
        expect(await packedId()).toBeLessThan(lastId);
      } finally {
        await end();
      }
      await load.untilAccepted(EVENTS);
      await load.stop();
      await untilDrained(servers);
      await eventually(async () => expect(await packedId()).toBeGreaterThan(lastId), 60_000);
      const { answers } = await sampler.stop();
      expect({ failures, answers: answers > 0 }).toEqual({ failures: [], answers: true });
      expect(await eventsByDay()).toEqual([...(await storedByDay())]);
      await checkInvariants(servers.sql);
      expect(await checkPacked(servers.sql)).toBeGreaterThan(LATE_EVENTS);
      expect(await runQueueflow(["verify"], { env: servers.env })).toMatchObject({
        exitCode: 0,
        stderr: "",
      });
    },
    TIMEOUT_MS,
  );
});
