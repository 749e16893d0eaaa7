import { expect, test } from "bun:test";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import { Database } from "../../src/store/database.ts";
import { migrate } from "../../src/store/schema/migrate.ts";
import { MIGRATIONS } from "../../src/store/schema/migrations.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { sendEvent } from "../support/api-client.ts";
import {
  changeCollation,
  disorderedEvents,
  RECORDED_VERSION,
  storeFreshly,
} from "../support/changed-collation.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { type EngineServers, openEngineServers, untilDrained } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { recordingLog } from "../support/recording-log.ts";

const TIMEOUT_MS = 120_000;
const EVENTS = 400;
const ICU = { database: "empty, sorted by ICU" } as const;
const POSTPONED = "Migrations postponed, the engine works without them";

async function sendAll(engine: Engine, events: readonly AnalyticsEvent[]): Promise<void> {
  const responses = await Promise.all(
    events.map(
      async ({ eventId, siteId, eventType, path, userId, timestamp }) =>
        await sendEvent(engine, {
          event_id: eventId,
          site_id: siteId,
          event_type: eventType,
          path,
          user_id: userId,
          timestamp,
        }),
    ),
  );
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([202]));
}

async function doctor({ env }: EngineServers, about: string) {
  const { stdout } = await runQueueflow(["doctor", "--json"], { env });
  const { findings } = JSON.parse(stdout) as {
    findings: { about: string; state: string; found: string; todo?: string }[];
  };
  return findings.filter((finding) => finding.about === about);
}

test(
  "events sent again count once after the collation changed",
  async () => {
    await using servers = await openEngineServers(ICU);
    const { env, sql } = servers;
    const events = disorderedEvents(EVENTS);
    {
      await using engine = await startEngine({ env });
      await sendAll(engine, events);
      await untilDrained(servers);
      expect(await engine.stop()).toBe(0);
    }
    expect(await doctor(servers, "collations")).toMatchObject([{ state: "ok" }]);
    await changeCollation(sql);
    await using engine = await startEngine({ env });
    await sendAll(engine, events);
    await untilDrained(servers);
    expect(await checkInvariants(sql)).toBe(EVENTS);
    const warning = await engine.output.record("PostgreSQL warns");
    expect(warning).toMatchObject({
      level: "warn",
      warning: expect.stringContaining("collation version mismatch"),
    });
    const warnings = engine.output.records.filter(({ msg }) => msg === "PostgreSQL warns");
    expect(warnings).toHaveLength(1);

    const [found] = await doctor(servers, "collations");
    expect(found).toMatchObject({
      state: "warning",
      found: expect.stringContaining(RECORDED_VERSION),
    });
    const [statement = ""] = /ALTER DATABASE .*;/.exec(found?.todo ?? "") ?? [];
    await sql.unsafe(statement);
    expect(await doctor(servers, "collations")).toMatchObject([{ state: "ok" }]);
    expect(await engine.stop()).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  "verify --fix-duplicates works while an engine stores",
  async () => {
    await using servers = await openEngineServers(ICU);
    const { env, sql } = servers;
    const events = disorderedEvents(EVENTS);
    const url = env["DATABASE_URL"] ?? "";
    const database = new Database({ url, connectionsMax: 1 });
    const migrations = MIGRATIONS.filter(({ textKey }) => textKey === undefined);
    await migrate(database, recordingLog().log, { migrations });
    await database.close(1_000);
    await storeFreshly(url, events);
    await changeCollation(sql);
    // Other users, who have no event left once the later rows are removed.
    const others = events.map((event) => ({ ...event, userId: `${event.userId}-again` }));
    await storeFreshly(url, others);
    const doubled = (await sql`SELECT FROM events`).length - EVENTS;
    expect(doubled).toBeGreaterThan(0);

    await using engine = await startEngine({ env: { ...env, CONSUMER_WORKERS: "2" } });
    await using load = startLoad({ url: () => engine.url, siteId: "a-Bab" });
    const postponed = await engine.output.record(POSTPONED);
    expect(postponed).toMatchObject({
      level: "error",
      error: expect.stringContaining(`${doubled} duplicate rows in events`),
      remedy: "Run `queueflow verify --fix-duplicates`",
    });
    await load.untilAccepted(EVENTS);
    const keys = await doctor(servers, "keys");
    expect(keys).toContainEqual({
      about: "keys",
      state: "problem",
      found: expect.stringMatching(
        new RegExp(`^${doubled} duplicate rows in events: .+ and \\d+ more$`),
      ),
      todo: expect.stringContaining("`queueflow verify --fix-duplicates`"),
    });
    const wrong = await runQueueflow(["verify"], { env });
    expect(wrong.stdout).toContain(`${doubled} duplicate rows in events`);
    expect(wrong.exitCode).toBe(1);
    const migrated = await runQueueflow(["migrate"], { env });
    expect(migrated.stderr).toContain("postponed events-collate-c");
    expect(migrated.exitCode).toBe(1);

    const fixed = await runQueueflow(["verify", "--fix-duplicates"], { env });
    expect(fixed.stderr).toBe("");
    expect(fixed.stdout).toStartWith(`Removed ${doubled} rows from events.\n`);
    expect(fixed.stdout).toContain("\nOK: ");
    await load.untilAccepted(EVENTS);
    await load.stop();
    await untilDrained(servers);
    expect(await checkInvariants(sql)).toBe(EVENTS + load.accepted.size);
    expect(await doctor(servers, "keys")).toMatchObject([{ state: "ok" }]);
    // The state after a run that was killed before it rebuilt all days.
    await sql`INSERT INTO daily_site_users (site_id, date, user_id) SELECT site_id, '2026-01-20', 'gone' FROM events LIMIT 1`;
    const again = await runQueueflow(["verify", "--fix-duplicates"], { env });
    expect(again.stdout).toStartWith("There are no duplicate rows.\nOK: ");
    await eventually(() =>
      expect(engine.output.records.filter(({ msg }) => msg === POSTPONED)).toHaveLength(1),
    );
  },
  TIMEOUT_MS,
);
