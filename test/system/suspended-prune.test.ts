import { expect, test } from "bun:test";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { sendEvent } from "../support/api-client.ts";
import { startEngine } from "../support/engine.ts";
import { openEngineServers, untilDrained } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { packAllSites } from "../support/packing.ts";
import { sampleBody, sampleEvent } from "../support/sample-event.ts";
import { suspend } from "../support/server-processes.ts";
import { pendingOf } from "../support/stream-fixture.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 120_000;
const DAY_MS = 24 * 60 * 60 * 1_000;
const HELD = 500;
const EVENTS = 5_000;

test(
  "a resumed engine counts nothing that was pruned again",
  async () => {
    await using servers = await openEngineServers();
    const { redis, sql, key } = servers;
    const databaseUrl = servers.env["DATABASE_URL"] ?? "";
    await using proxy = openTcpProxy(databaseUrl);
    const env = { ...servers.env, CLAIM_IDLE_MS: "1000", STREAM_RETAIN_ENTRIES: "0" };
    await using suspended = await startEngine({
      env: { ...env, DATABASE_URL: throughProxy(databaseUrl, proxy), CONSUMER_WORKERS: "1" },
    });
    const oldMs = Date.now() - 40 * DAY_MS;
    const append = async (from: number, to: number) => {
      const transaction = redis.multi(); // In one: a consumer reads all of them at once.
      for (let i = from; i < to; i += 1) {
        const event = sampleEvent({ timestamp: new Date(oldMs).toISOString() });
        transaction.xadd(key.stream, `${oldMs}-${i}`, ...encodeEntry(event));
      }
      await transaction.exec();
    };
    await append(0, 1); // Once it is stored, the consumer reads.
    await eventually(async () => expect(await sql`SELECT FROM events`).toHaveLength(1));
    proxy.mode = "refuse";
    proxy.cut();
    await append(1, 1 + HELD);
    await eventually(async () => expect(await pendingOf(redis, key)).toBe(HELD));
    await suspended.output.record("PostgreSQL failed, holding the batch and retrying");
    await suspend(suspended.pid);
    proxy.mode = "pass";

    await append(1 + HELD, EVENTS);
    await using other = await startEngine({ env });
    await untilDrained(servers);
    // Last, since the newest row bounds a prune: behind the old ones it would delete nothing.
    expect(
      (await sendEvent(other, sampleBody({ timestamp: new Date().toISOString() }))).status,
    ).toBe(202);
    await untilDrained(servers);
    await eventually(async () => expect(await redis.xlen(key.stream)).toBe(1));
    await packAllSites(databaseUrl);
    const pruned = await runQueueflow(["prune", "--older-than", "30", "--yes"], { env });
    expect(pruned).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await sql`SELECT FROM events`).toHaveLength(1);

    suspended.signal("SIGCONT");
    await suspended.output.record("Another consumer took over entries; leaving them to it");
    expect(await suspended.stop()).toBe(0);
    const [counted] = await sql`SELECT sum(total_views)::int AS views FROM daily_site_stats`;
    expect(counted).toEqual({ views: EVENTS + 1 });
  },
  TIMEOUT_MS,
);
