import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { storeBatch } from "../../src/consume/store-batch.ts";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import type { ReceivedEvent } from "../../src/event/event.ts";
import { packSite } from "../../src/reporting/packing/pack-site.ts";
import {
  isNotByCopy,
  LARGE_BATCH_EVENTS,
  storeByCopy,
} from "../../src/store/batch/store-by-copy.ts";
import { Database } from "../../src/store/database.ts";
import {
  COORDINATOR_SETTINGS,
  WORKER_SETTINGS,
} from "../../src/store/distribution/citus-settings.ts";
import { DISTRIBUTED_TABLES } from "../../src/store/distribution/distributed-tables.ts";
import { distinctInOrder } from "../../src/store/in-key-order.ts";
import { openSql } from "../../src/store/open-sql.ts";
import { Watermark } from "../../src/store/packing/watermark.ts";
import { TABLES } from "../../src/store/schema/tables.ts";
import { announcePrune } from "../../src/store/upkeep/retention-state.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { ask } from "../support/api-client.ts";
import { askReport } from "../support/ask-report.ts";
import { connectPostgres } from "../support/connect.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import {
  checkAllStored,
  type EngineServers,
  openEngineServers,
  untilMigrated,
} from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { checkChunks, SECRET } from "../support/packing.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleReceivedEvent } from "../support/sample-event.ts";
import { type Citus, startCitus } from "../support/scale/citus.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";

/** Enough for the packer to begin. */
const EVENTS = 1_200;
const SITE = "late.example";
const DEADLINE_MS = 10_000;

const found = await startCitus();
const isMissing = typeof found === "string";
if (isMissing) console.log(`SKIPPED: the tests on Citus, because ${found}`);

describe.skipIf(isMissing)(`Citus${isMissing ? ` (skipped: ${found})` : ""}`, () => {
  let citus: Citus;
  let servers: EngineServers;
  let engine: Engine;
  let env: Readonly<Record<string, string>>;
  let database: Database;

  beforeAll(async () => {
    if (typeof found === "string") return;
    citus = found;
    servers = await openEngineServers({ databaseUrl: citus.url });
    env = { ...servers.env, CONSUMER_WORKERS: "2" };
    engine = await startEngine({ env });
    await untilMigrated(engine);
    await engine.output.record(({ msg }) => msg === "Tables distributed by site");
    database = new Database({ url: citus.url, connectionsMax: 2 });
  }, SERVERS_START_TIMEOUT_MS);

  afterAll(async () => {
    await database.close(1_000);
    await engine[Symbol.asyncDispose]();
    await servers[Symbol.asyncDispose]();
    await citus[Symbol.asyncDispose]();
  }, 60_000);

  test("has the tables of sites on all workers, and no other", async () => {
    const rows = await servers.sql<{ name: string; nodes: number }[]>`
      SELECT table_name::text AS name, count(DISTINCT nodeport)::int AS nodes FROM citus_shards GROUP BY 1`;
    expect(rows.map(({ name }) => name).toSorted()).toEqual(DISTRIBUTED_TABLES.toSorted());
    expect(new Set(rows.map(({ nodes }) => nodes))).toEqual(new Set([2]));
    const columns = await servers.sql<{ name: string }[]>`
      SELECT table_name::text AS name FROM information_schema.columns
      WHERE column_name = 'site_id' AND table_name = ANY (${TABLES}::text[])`;
    const ofSites = columns
      .map(({ name }) => name)
      .filter((name) => !/^sites$|^site_(?!packing)/.test(name));
    expect(ofSites.toSorted()).toEqual(DISTRIBUTED_TABLES.toSorted());
  });

  test("gives new sessions the engine's settings", async () => {
    const shown = async (url: string, names: readonly string[]) => {
      const sql = connectPostgres(url, { max: 1 });
      const rows = await sql<{ name: string; setting: string }[]>`
        SELECT name, setting FROM unnest(${names}::text[]) AS names (name) JOIN pg_settings USING (name)`;
      await sql.end();
      return Object.fromEntries(rows.map(({ name, setting }) => [name, setting.split(",")[0]]));
    };
    expect(await shown(citus.url, Object.keys(COORDINATOR_SETTINGS))).toEqual(COORDINATOR_SETTINGS);
    for (const { url } of citus.workers) {
      expect(await shown(url, Object.keys(WORKER_SETTINGS))).toEqual(WORKER_SETTINGS);
    }
  });

  test("stores, reports, packs, verifies, prunes and forgets", async () => {
    await using load = startLoad({ url: () => engine.url });
    await load.untilAccepted(EVENTS);
    await load.stop();
    expect([...load.statuses.keys()]).toEqual([202]);
    await checkAllStored(servers, load);
    const question = { site_id: "load", metrics: ["events"], date_range: "all" };
    const { body } = await askReport(engine, question);
    expect(body["results"]).toEqual([{ metrics: [load.accepted.size], dimensions: [] }]);
    await eventually(async () => {
      const [packed] = await servers.sql`SELECT sum(events)::int AS events FROM day_chunks`;
      expect(packed?.["events"]).toBeGreaterThan(0);
    });
    expect((await askReport(engine, question)).body["results"]).toEqual(body["results"]);
    for (const command of [
      ["verify"],
      ["packing", "status"],
      ["prune", "--older-than", "36500", "--yes"],
      ["forget", "--site", "load", "--user", "user-1", "--yes"],
      ["verify"],
      ["forget-site", "--site", "load", "--yes"],
      ["verify"],
    ]) {
      const { exitCode, stderr, stdout } = await runQueueflow(command, { env });
      expect({ command, exitCode, stderr, stdout }).toMatchObject({ exitCode: 0 });
    }
  }, 120_000);

  test("is found well by doctor", async () => {
    const { stdout } = await runQueueflow(["doctor"], { env });
    expect(stdout).toMatch(/ok +Citus +the tables are distributed over 2 workers/);
  });

  test("says that sites are distributed", async () => {
    const { body } = await ask(engine, "/sites/overview?from=2026-01-15&to=2026-01-16");
    expect(body).toMatchObject({ distributed: true });
    const { stdout } = await runQueueflow(["status", "--json"], { env });
    expect(JSON.parse(stdout)).toMatchObject({ postgres: { distributed: true } });
  });

  test("stores everything once a worker is back", async () => {
    await using load = startLoad({ url: () => engine.url, siteId: "away.example" });
    await load.untilAccepted(100);
    for (const worker of citus.workers) await worker.kill();
    await load.untilAccepted(200);
    for (const worker of citus.workers) await worker.start();
    await load.stop();
    expect([...load.statuses.keys()]).toEqual([202]);
    await eventually(async () => {
      const [row] = await servers.sql`
        SELECT count(*)::int AS events FROM events WHERE site_id = 'away.example'`;
      expect(row?.["events"]).toBe(load.accepted.size);
    }, 60_000);
  }, 90_000);

  test("counts what a large batch repeats once", async () => {
    const events = Array.from({ length: LARGE_BATCH_EVENTS + 500 }, (_, number) =>
      sampleReceivedEvent({ siteId: `${number % 7}.example`, userId: `user-${number % 900}` }),
    );
    const first = events.slice(0, LARGE_BATCH_EVENTS);
    expect(await storeBatch(database, batchOf(first))).toMatchObject({
      way: "copied",
      stored: first.length,
    });
    const copied = database.transaction(
      DEADLINE_MS,
      async (tx) => await storeByCopy(tx, distinctInOrder(events), true),
    );
    expect(isNotByCopy(await rejectionOf(copied))).toBe(true);
    expect(await storeBatch(database, batchOf(events))).toMatchObject({
      way: "inserted",
      stored: 500,
      duplicates: first.length,
    });
    const { exitCode, stdout } = await runQueueflow(["verify"], { env });
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
  }, 60_000);

  describe("a transaction that is prepared on a worker", () => {
    test("holds packing back until its end", async () => {
      const watermark = new Watermark(database);
      await using late = await prepareOnWorker(servers, citus);
      await servers.sql.unsafe(insertOf("events"));
      const settledId = await eventually(async () => {
        await watermark.advance();
        expect([...watermark.waitsFor].join()).toStartWith("127.0.0.1:");
        return watermark.settledId;
      });
      expect(settledId).toBeLessThan(late.id);
      await late.commit();
      await eventually(async () => {
        expect(await watermark.advance()).toBeGreaterThanOrEqual(late.id);
      });
      const sql = openSql({ url: citus.url, connectionsMax: 1 });
      const { witness, settledId: settled } = watermark;
      await packSite(sql, { siteId: SITE, settledId: settled, witness, secret: SECRET });
      expect(await checkChunks(sql, SITE)).toEqual({ packed: 2, missing: 0, surplus: 0 });
      await sql.close();
    });

    test("is awaited by a prune", async () => {
      await using late = await prepareOnWorker(servers, citus);
      const announced = announcePrune(database, {
        prunedBefore: "2000-01-01T00:00:00Z",
        keptDays: 1,
      });
      await eventually(async () => {
        const rows = await servers.sql`SELECT FROM retention_state WHERE kept_days = 1`;
        expect(rows).toHaveLength(1);
      });
      expect(Bun.peek.status(announced)).toBe("pending");
      await late.commit();
      await announced;
    });
  });
});

function insertOf(table: string, id = "DEFAULT"): string {
  return `INSERT INTO ${table} (id, event_id, site_id, event_type, path, user_id, timestamp)
    VALUES (${id}, gen_random_uuid(), '${SITE}', 'page_view', '/', 'ann', '2026-01-15T12:00:00Z')`;
}

/** Leaves a row as Citus does when the coordinator has committed and a worker has not yet. */
async function prepareOnWorker({ sql }: EngineServers, { workers }: Citus) {
  const [drawn] = await sql<[{ id: string; shard: string; port: number }]>`
    SELECT nextval('events_id_seq')::text AS id, shard_name('events'::regclass, shardid) AS shard, nodeport::int AS port
    FROM pg_dist_placement JOIN pg_dist_node USING (groupid)
    WHERE shardid = get_shard_id_for_distribution_column('events', ${SITE}::text)`;
  const { id, shard, port } = drawn;
  const worker = connectPostgres(workers.find((each) => each.port === port)?.url ?? "", { max: 1 });
  const name = `late_${id}`;
  await worker.unsafe("SET citus.enable_manual_changes_to_shards = on");
  await worker.unsafe(`BEGIN; ${insertOf(shard, id)}; PREPARE TRANSACTION '${name}'`).simple();
  return {
    id: BigInt(id),
    commit: async () => await worker.unsafe(`COMMIT PREPARED '${name}'`),
    async [Symbol.asyncDispose]() {
      await worker.unsafe(`ROLLBACK PREPARED '${name}'`).catch(() => undefined);
      await worker.end({ timeout: 1 });
    },
  };
}

function batchOf(events: readonly ReceivedEvent[]): Parameters<typeof storeBatch>[1] {
  const nowMs = Date.now();
  return {
    stream: "batches",
    entries: events.map((event, number) => ({
      id: `${nowMs}-${number}`,
      flatFields: encodeEntry(event),
    })),
    deliveries: new Map(),
    refused: new Map(),
    triesCopy: true,
    claim: { findLost: async () => await Promise.resolve(new Set<string>()) },
    nowMs,
    redisNowMs: nowMs,
  };
}
