import { describe, expect, test } from "bun:test";
import type { Sql } from "postgres";
import { Database } from "../../src/store/database.ts";
import { migrate } from "../../src/store/schema/migrate.ts";
import { isOptional, MIGRATIONS } from "../../src/store/schema/migrations.ts";
import { readStats } from "../support/api-client.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import {
  type Engine,
  engineCommand,
  spawnEngine,
  startEngine,
  untilRunning,
} from "../support/engine.ts";
import { checkAllStored, openEngineServers, untilDrained } from "../support/engine-servers.ts";
import { spawnFaultyEngine } from "../support/faulty-engine.ts";
import { laterMigrations } from "../support/later-migrations.ts";
import { startLoad } from "../support/load.ts";
import { recordingLog } from "../support/recording-log.ts";
import { testPort } from "../support/test-port.ts";
import { within } from "../support/within.ts";

const TIMEOUT_MS = 240_000;
const EVENTS_EACH = 300;
const NEWER = engineCommand("test/support/newer-main.ts");
const NEWEST = MIGRATIONS.length + laterMigrations().length;
/** The last schema before the tables that /stats reads were rewritten. */
const OLD_VERSION = 4;

/** Stores events and their rollups in the columns of the old schema. */
async function seedOldSchema(sql: Sql): Promise<void> {
  await sql.unsafe(`
    INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp)
    SELECT gen_random_uuid(), 'load', 'page_view', '/' || n % 3, 'user-' || n % 5, '2026-01-15T12:00:00Z'
    FROM generate_series(1, ${EVENTS_EACH}) AS n;
    INSERT INTO daily_site_users SELECT DISTINCT site_id, DATE '2026-01-15', user_id FROM events;
    INSERT INTO daily_site_path_counts
    SELECT site_id, DATE '2026-01-15', path, count(*) FROM events GROUP BY site_id, path;
    INSERT INTO daily_site_stats
    SELECT site_id, DATE '2026-01-15', count(*), count(DISTINCT user_id) FROM events GROUP BY site_id`);
}

/** Resolves when the engine has stored another batch. */
async function untilStoresMore({ output }: Engine): Promise<void> {
  const before = new Set(output.records);
  await output.record((record) => record.msg === "Transaction committed" && !before.has(record));
}

describe("a rolling upgrade under load", () => {
  test(
    "stores every event once, whichever engine or thread fails",
    async () => {
      await using servers = await openEngineServers();
      const env = {
        ...servers.env,
        API_PORT: String(testPort()),
        CLAIM_IDLE_MS: "1000",
        CONSUMER_WORKERS: "2",
        INGEST_WORKERS: "2",
        BATCH_ENTRIES_MAX: "50",
        LOG_LEVEL: "debug",
      };
      await using older = await untilRunning(spawnFaultyEngine({ env }));
      await using load = startLoad({ url: () => older.url });
      await load.untilAccepted(EVENTS_EACH);
      {
        await using newer = spawnEngine({ env, command: NEWER });
        for (const { version } of laterMigrations()) {
          await newer.output.record(
            (record) => record.msg === "Migration applied" && record["version"] === version,
          );
        }
        await newer.running;
        await untilStoresMore(older);
        for (const child of ["reclaimer", "consumer-1", "consumer-2", "ingest-1"]) {
          older.strike(child, "throw");
          await older.output.record(
            (record) => record.msg === "Thread exited, restarting it" && record["child"] === child,
          );
        }
        for (const thread of ["reclaimer", "consumer-1", "consumer-2"]) {
          await older.output.record(
            (record) =>
              record.thread === thread &&
              record.msg ===
                "The schema is newer than this binary; continuing until a newer one takes over",
          );
        }
        await newer.kill();
      }
      // The older engine is alone again, on the newer schema.
      await untilStoresMore(older);
      await load.untilAccepted(EVENTS_EACH);
      expect((await readStats(older, { site_id: "load", date: "2026-01-15" })).status).toBe(200);

      await using newer = await startEngine({ env, command: NEWER });
      await older.kill();
      await load.untilAccepted(EVENTS_EACH);
      await load.stop();
      // 0: the connection broke before a response.
      expect(new Set(load.statuses.keys()).difference(new Set([202, 503, 0]))).toEqual(new Set());
      await checkAllStored(servers, load);
      expect(newer.output.strayLines).toEqual([]);

      await using late = spawnEngine({ env });
      expect(await within(TIMEOUT_MS, late.exited, "the older binary exits")).toBe(1);
      await late.output.ended;
      expect(`${late.output.errors}${late.output.tail()}`).toContain(
        `The database has schema version ${NEWEST}, this binary knows ${MIGRATIONS.length}: run a newer binary`,
      );
      expect(await newer.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );
});

test(
  "migrates an older schema under load and keeps its numbers",
  async () => {
    await using servers = await openEngineServers();
    const { env } = servers;
    const database = new Database({ url: env["DATABASE_URL"] ?? "", connectionsMax: 1 });
    const older = MIGRATIONS.filter(({ version }) => version <= OLD_VERSION);
    await migrate(database, recordingLog().log, { migrations: older });
    await seedOldSchema(servers.sql);
    await database.close(1_000);

    await using engine = await startEngine({ env });
    await using load = startLoad({ url: () => engine.url });
    await load.untilAccepted(EVENTS_EACH);
    await load.stop();
    await untilDrained(servers);
    // Optional migrations come last, while the engine stores.
    const newer = MIGRATIONS.slice(OLD_VERSION);
    for (const { version } of newer) {
      await engine.output.record((record) => record["version"] === version);
    }
    const applied = engine.output.records.filter(({ msg }) => msg === "Migration applied");
    expect(applied.map((record) => record["version"])).toEqual([
      ...newer.filter((one) => !isOptional(one)).map(({ version }) => version),
      ...newer.filter(isOptional).map(({ version }) => version),
    ]);
    expect(await checkInvariants(servers.sql)).toBe(EVENTS_EACH + load.accepted.size);
    expect(await engine.stop()).toBe(0);
  },
  TIMEOUT_MS,
);
