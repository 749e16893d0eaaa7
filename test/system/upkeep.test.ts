import { expect, test } from "bun:test";
import { runQueueflow } from "../cli/spawn-queueflow.ts";
import { readStats } from "../support/api-client.ts";
import { startEngine } from "../support/engine.ts";
import { checkAllStored, openEngineServers, untilDrained } from "../support/engine-servers.ts";
import { startLoad } from "../support/load.ts";
import { corrupt } from "../support/seed-events.ts";

const TIMEOUT_MS = 120_000;
const SITE = "load";
const DATE = "2026-01-15";
const REBUILD = ["rebuild", "--site", SITE, "--from", "2026-01-01", "--to", "2026-01-31"];
const ROUNDS = 4;
const ROUND_EVENTS = 200;

test(
  "rollups that were wronged are mended, and verified, while events of the same site and day come in; none is lost",
  async () => {
    await using servers = await openEngineServers();
    // Small batches: many are in hand at any moment.
    const env = { ...servers.env, CONSUMER_WORKERS: "4", BATCH_ENTRIES_MAX: "5" };
    await using engine = await startEngine({ env });
    await using load = startLoad({ url: () => engine.url, siteId: SITE });
    await load.untilAccepted(ROUND_EVENTS);
    for (let round = 1; round <= ROUNDS; round += 1) {
      await corrupt(servers.sql, { siteId: SITE, date: DATE });
      const wronged = await runQueueflow(["verify"], { env });
      expect({ round, exitCode: wronged.exitCode }).toEqual({ round, exitCode: 1 });
      const more = load.untilAccepted(ROUND_EVENTS);
      const rebuilt = await Promise.all([
        runQueueflow(REBUILD, { env }),
        runQueueflow(REBUILD, { env }),
      ]);
      expect(rebuilt.map(({ stderr }) => stderr)).toEqual(["", ""]);
      const mended = await runQueueflow(["verify"], { env });
      expect(mended).toMatchObject({ exitCode: 0, stderr: "" });
      await more;
    }
    await load.stop();
    await checkAllStored(servers, load);
    expect([...load.statuses.keys()]).toEqual([202]);
    const failed = engine.output.records.filter(
      ({ level }) => level === "warn" || level === "error",
    );
    expect(failed).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "an engine with EVENTS_RETENTION_DAYS deletes old events by itself while others come in, and keeps their numbers",
  async () => {
    await using servers = await openEngineServers();
    const env = { ...servers.env, STREAM_RETAIN_ENTRIES: "0" };
    {
      await using engine = await startEngine({ env });
      await using load = startLoad({ url: () => engine.url, siteId: SITE });
      await load.untilAccepted(ROUND_EVENTS);
      await load.stop();
      await untilDrained(servers);
      expect(await engine.stop()).toBe(0);
    }
    await servers.redis.xtrim(servers.key.stream, "MAXLEN", 0);
    const old = (await servers.sql`SELECT FROM events`).length;
    await servers.sql`UPDATE events SET received_at = timestamp`;
    await using engine = await startEngine({ env: { ...env, EVENTS_RETENTION_DAYS: "30" } });
    await using load = startLoad({ url: () => engine.url, siteId: SITE });
    const deleted = await engine.output.record("Old events deleted, their numbers stay");
    expect(deleted).toMatchObject({ level: "info", thread: "reclaimer", events: old });
    await load.untilAccepted(ROUND_EVENTS);
    await load.stop();
    await untilDrained(servers);
    const left = (await servers.sql`SELECT FROM events`).length;
    expect(left).toBeGreaterThanOrEqual(load.accepted.size);
    const verified = await runQueueflow(["verify"], { env });
    expect(verified).toMatchObject({ exitCode: 0, stderr: "" });
    const views = await Promise.all(
      ["2026-01-14", "2026-01-15", "2026-01-16"].map(async (date) => {
        const { body } = await readStats(engine, { site_id: SITE, date });
        return Number(body["total_views"]);
      }),
    );
    expect(views.reduce((sum, ofDay) => sum + ofDay, 0)).toBe(old + left);
    expect((await runQueueflow(REBUILD, { env })).stderr).toContain("were pruned");
    expect(await engine.stop()).toBe(0);
  },
  TIMEOUT_MS,
);
