import { expect, test } from "bun:test";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { readStats, sendEvent } from "../support/api-client.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;

const file = useEngine();

test(
  "a corrected dead letter sent again twice counts once",
  async () => {
    const { engine, servers } = file;
    const { redis, key, sql, env } = servers;
    const fields = { ...sampleBody(), site_id: "again", timestamp: "yesterday" };
    await redis.call("XADD", key.stream, "*", ...Object.entries(fields).flat());
    await redis.call("XADD", key.stream, "*", ...Object.entries(fields).flat());
    await untilDrained(servers);
    expect(await sql`SELECT FROM dead_events`).toHaveLength(2);
    const args = ["retry", "--all", "--set", "timestamp=2026-01-15T12:00:00Z"];
    const result = await runQueueflow(["dead-letters", ...args], { env });
    const stdout = "Sent 2 dead letters to the stream again.\n";
    expect(result).toEqual({ exitCode: 0, stdout, stderr: "" });
    await untilDrained(servers);
    const { body } = await readStats(engine, { site_id: "again", date: "2026-01-15" });
    expect(body).toMatchObject({ total_views: 1, unique_users: 1 });
    expect(await sql`SELECT FROM dead_events`).toHaveLength(0);
    await checkInvariants(sql);
  },
  TIMEOUT_MS,
);

test(
  "a retried entry that is rejected again can be dropped",
  async () => {
    const { engine, servers } = file;
    const { sql, env } = servers;
    await sql`ALTER TABLE events ADD CONSTRAINT forbidden CHECK (path <> '/forbidden')`;
    await sendEvent(engine, sampleBody({ site_id: "rejected", path: "/forbidden" }));
    await untilDrained(servers);
    const [before] = await sql`SELECT id::int, reason FROM dead_events`;
    expect((await runQueueflow(["dead-letters", "retry", "--all"], { env })).exitCode).toBe(0);
    await untilDrained(servers);
    const [after] = await sql`SELECT id::int, reason FROM dead_events`;
    expect(after?.["reason"]).toBe(before?.["reason"]);
    expect(after?.["id"]).toBeGreaterThan(Number(before?.["id"]));
    const { stdout } = await runQueueflow(["dead-letters", "drop", "--all", "--yes"], { env });
    expect(stdout).toBe("Dropped 1 dead letter.\n");
    expect(await sql`SELECT FROM dead_events`).toHaveLength(0);
  },
  TIMEOUT_MS,
);
