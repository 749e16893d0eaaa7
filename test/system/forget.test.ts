import { expect, test } from "bun:test";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { spawnQueueflow } from "../cli/spawn-queueflow.ts";
import { sendEvent } from "../support/api-client.ts";
import { startEngine } from "../support/engine.ts";
import { checkAllStored, openEngineServers, untilDrained } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { startLoad } from "../support/load.ts";
import { sampleBody, sampleEvent } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const SITE = "load";
const FORGET = ["forget", "--site", SITE, "--user", "ann", "--yes"];
const DAYS = 150;
const EVENTS = 600;
const KILLS = 3;
const ROUND_EVENTS = 200;

test(
  "forgets a user although killed, while events are stored",
  async () => {
    await using servers = await openEngineServers();
    const { redis, sql, key } = servers;
    const env = {
      ...servers.env,
      CONSUMER_WORKERS: "4",
      BATCH_ENTRIES_MAX: "5",
      STREAM_RETAIN_ENTRIES: "10000",
    };
    await using engine = await startEngine({ env });
    await using load = startLoad({ url: () => engine.url, siteId: SITE });
    await load.untilAccepted(ROUND_EVENTS);
    const events = Array.from({ length: EVENTS }, (_, number) =>
      sampleEvent({
        siteId: SITE,
        userId: "ann",
        path: `/${number % 7}`,
        timestamp: new Date(Date.UTC(2026, 0, 1 + (number % DAYS))).toISOString(),
      }),
    );
    const sending = redis.multi();
    for (const event of events) sending.xadd(key.stream, "*", ...encodeEntry(event));
    sending.xadd(key.stream, "*", "site_id", SITE, "user_id", "ann", "timestamp", "never");
    await sending.exec();
    const left = async () => (await sql`SELECT FROM events WHERE user_id = 'ann'`).length;
    await eventually(async () => expect(await left()).toBe(EVENTS), TIMEOUT_MS);
    let before = EVENTS;
    for (let kill = 1; kill <= KILLS; kill += 1) {
      using command = spawnQueueflow(FORGET, { env });
      await eventually(async () => expect(await left()).toBeLessThan(before));
      command.kill("SIGKILL");
      expect(await command.result).not.toHaveProperty("exitCode", 0);
      before = await left();
      expect({ kill, isPart: before > 0 }).toEqual({ kill, isPart: true });
      expect((await runQueueflow(["verify"], { env })).exitCode).toBe(0);
    }
    const outcomes = await Promise.all([
      runQueueflow(FORGET, { env }),
      runQueueflow(FORGET, { env }),
    ]);
    expect(outcomes.filter(({ exitCode }) => exitCode !== 0)).toEqual([]);
    expect(outcomes.filter(({ stdout }) => !stdout.includes("rewrite of its"))).toEqual([]);
    const [vacuumed] = await sql`
      SELECT vacuum_count::int AS times FROM pg_stat_user_tables WHERE relname = 'events'`;
    expect(vacuumed?.["times"]).toBeGreaterThan(0);
    await load.untilAccepted(ROUND_EVENTS);
    await load.stop();
    await checkAllStored(servers, load);
    expect(await sql`SELECT FROM daily_site_users WHERE user_id = 'ann'`).toHaveLength(0);
    expect(JSON.stringify(await redis.xrange(key.stream, "-", "+"))).not.toContain('"ann"');
    expect(await sql`SELECT FROM losses`).toHaveLength(0);
    const failed = engine.output.records.filter(
      ({ level }) => level === "warn" || level === "error",
    );
    expect(
      failed.filter(
        ({ msg }) => msg !== "Entries that cannot be stored were set aside in dead_events",
      ),
    ).toEqual([]);

    const body = sampleBody({ site_id: SITE, user_id: "ann", event_id: events[0]?.eventId });
    expect((await sendEvent(engine, body)).status).toBe(202);
    await untilDrained(servers);
    expect(await left()).toBe(1);
  },
  TIMEOUT_MS,
);
