import { describe, expect, test } from "bun:test";
import { READ_CONNECTIONS } from "../../src/config/postgres-connections.ts";
import { Database } from "../../src/store/database.ts";
import { PrimarySql } from "../../src/store/primary-sql.ts";
import { SESSION_SETTINGS } from "../../src/store/session-settings.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { askReport } from "../support/ask-report.ts";
import { startEngine } from "../support/engine.ts";
import { checkAllStored, openEngineServers, untilMigrated } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { PGBOUNCER, startPgBouncer } from "../support/scale/pg-bouncer.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";

/** Enough for the packer to begin. */
const EVENTS = 1_200;
const NAMES = ["synchronous_commit", "lock_timeout", "statement_timeout", "enable_seqscan"];
const IGNORED = `ignore_startup_parameters = ${Object.keys(SESSION_SETTINGS).join(", ")}, max_parallel_workers_per_gather, default_transaction_read_only`;
const SHOW = `SELECT name, setting FROM pg_settings WHERE name = ANY ('{${NAMES.join(",")}}') ORDER BY name`;
interface Setting {
  readonly name: string;
  readonly setting: string;
}

const EXPECTED: Setting[] = NAMES.toSorted().map((name) => ({
  name,
  setting: String(SESSION_SETTINGS[name as keyof typeof SESSION_SETTINGS]),
}));

describe.skipIf(PGBOUNCER === undefined)(
  `PgBouncer in transaction mode${PGBOUNCER === undefined ? " (skipped: it is not installed)" : ""}`,
  () => {
    test.each([
      ["as it comes", []],
      ["that ignores the settings", [IGNORED]],
      ["with a session for each client", ["pool_mode = session"]],
    ])("%s leaves each transaction its settings", async (_, settings) => {
      await using servers = await openEngineServers();
      await using pooler = await startPgBouncer(servers.env["DATABASE_URL"] ?? "", settings);
      const database = new Database({ url: pooler.url, connectionsMax: READ_CONNECTIONS });
      const sql = new PrimarySql({ url: pooler.url, connectionsMax: 1 });
      const connections = await sql.open();
      const shown = await Promise.all([
        database.query(5_000, async (query) => await query.unsafe<Setting[]>(SHOW)),
        database.transaction(5_000, async (tx) => await tx.unsafe<Setting[]>(SHOW)),
        connections.begin(async (tx) => await tx.unsafe<Setting[]>(SHOW)),
      ]);
      for (const rows of shown) expect([...rows]).toEqual(EXPECTED);
      const [kept] = await database.session(5_000, async (query) => await query.unsafe(SHOW));
      expect(kept).not.toEqual(EXPECTED[0]);
      await Promise.all([database.close(1_000), sql.close({ timeout: 0 })]);
    });

    test(
      "stores, reports, packs, verifies and forgets",
      async () => {
        await using servers = await openEngineServers();
        await using pooler = await startPgBouncer(servers.env["DATABASE_URL"] ?? "");
        const env = { ...servers.env, DATABASE_URL: pooler.url, CONSUMER_WORKERS: "3" };
        await using engine = await startEngine({ env });
        await untilMigrated(engine);
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
        }, 60_000);
        const failures = engine.output.records.filter(({ level }) => level !== "info");
        expect(failures.filter(({ msg }) => !/Redis/.test(msg))).toEqual([]);
        for (const command of [
          ["verify"],
          ["packing", "status"],
          ["prune", "--older-than", "36500", "--yes"],
          ["forget", "--site", "load", "--user", "user-1", "--yes"],
          ["verify"],
        ]) {
          const { exitCode, stderr, stdout } = await runQueueflow(command, { env });
          expect({ command, exitCode, stderr, stdout }).toMatchObject({ exitCode: 0 });
        }
      },
      SERVERS_START_TIMEOUT_MS,
    );
  },
);
