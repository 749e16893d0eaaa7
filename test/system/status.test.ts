import { describe, expect, test } from "bun:test";
import packageJson from "../../package.json" with { type: "json" };
import type { CommandReport } from "../../src/cli/status/read-status.ts";
import { runQueueflow, startQueueflow } from "../cli/run-queueflow.ts";
import { sendEvent } from "../support/api-client.ts";
import { ENGINE, startEngine } from "../support/engine.ts";
import { openEngineServers, untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";

const NOWHERE = "127.0.0.1:1";

const running = useEngine({ CONSUMER_WORKERS: "1", INGEST_WORKERS: "1" });

/** The environment of a command for the engine of this file. */
function envOf(change: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { engine, servers } = running;
  return { ...servers.env, API_PORT: String(engine.port), ...change };
}

async function status(env: Readonly<Record<string, string>>) {
  const { stdout, stderr, exitCode } = await runQueueflow(["status", "--json"], { env });
  return { report: JSON.parse(stdout) as CommandReport, stderr, exitCode };
}

async function send(): Promise<void> {
  expect((await sendEvent(running.engine, sampleBody())).status).toBe(202);
}

describe("queueflow status", () => {
  test("reports every part of a running engine, and its rates", async () => {
    await send();
    await untilDrained(running.servers);
    const over = new AbortController();
    const asked = eventually(async () => {
      const found = await status(envOf());
      const { accepted_per_s, stored_per_s } = found.report.rates;
      // A busy machine may store nothing between the two readings.
      expect(Math.min(accepted_per_s ?? 0, stored_per_s ?? 0)).toBeGreaterThan(0);
      return found;
    }).finally(() => over.abort());
    while (!over.signal.aborted) await send();
    const { report, stderr, exitCode } = await asked;
    expect(report.engine).toMatchObject({ state: "ok", url: running.engine.url, error: null });
    expect(report.engine.threads.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "ingest-1 running",
      "report-1 running",
      "consumer-1 running",
      "packer running",
      "reclaimer running",
    ]);
    expect(report.version).toBe(packageJson.version);
    expect(report.redis).toMatchObject({ up: true, version: expect.stringMatching(/^\d/) });
    expect(report.postgres).toMatchObject({
      up: true,
      version: expect.stringMatching(/^\d/),
      distributed: false,
    });
    expect(report.newest_stored_received_at).toMatch(/Z$/);
    expect(report).toMatchObject({ dead_letters: 0, stream: { length_max: 5_000_000 } });
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  });

  test("shows one screen without passwords", async () => {
    const { stdout, exitCode } = await runQueueflow(["status"], { env: envOf() });
    expect(stdout).toMatch(/^Engine +ok, at http:\/\/127/m);
    expect(stdout).toMatch(/^consumer-1 +running +0 /m);
    expect(stdout.split("\n").length).toBeLessThan(24);
    for (const name of ["REDIS_URL", "DATABASE_URL"]) {
      const { password } = new URL(envOf()[name] ?? "");
      if (password !== "") expect(stdout).not.toContain(password);
    }
    expect(exitCode).toBe(0);
  });

  test("reports the servers and exits with 1 without an engine", async () => {
    const { report, stderr, exitCode } = await status(envOf({ API_PORT: "1" }));
    expect(report.engine).toMatchObject({ state: "down", threads: [] });
    expect(report.redis.up && report.postgres.up).toBeTrue();
    expect(report.stream.backlog_entries).toBe(0);
    expect(stderr).toBe(
      "queueflow: The engine does not answer at http://127.0.0.1:1: nothing listens on that port\n",
    );
    expect(exitCode).toBe(1);
  });

  test("reports which server is unavailable", async () => {
    const noRedis = await status(envOf({ REDIS_URL: `redis://${NOWHERE}` }));
    expect(noRedis.report.redis).toMatchObject({ up: false, address: NOWHERE });
    expect(noRedis.report.rates).toEqual({ accepted_per_s: null, stored_per_s: null });
    expect(noRedis.report.postgres.up).toBeTrue();
    expect(noRedis.exitCode).toBe(1);
    const noPostgres = await status(envOf({ DATABASE_URL: `postgres://u:geheim@${NOWHERE}/d` }));
    expect(noPostgres.report.postgres).toMatchObject({ up: false, address: `${NOWHERE}/d` });
    expect(noPostgres.report.dead_letters).toBeNull();
    expect(JSON.stringify(noPostgres)).not.toContain("geheim");
    expect(noPostgres.exitCode).toBe(1);
  });

  test("reports a locked table; doctor names who locked it", async () => {
    const { sql } = running.servers;
    await sql.begin(async (tx) => {
      await tx`LOCK TABLE events`;
      const [session] = await tx`SELECT pg_backend_pid() AS pid`;
      const { report, stderr, exitCode } = await status(envOf());
      expect(report.postgres).toMatchObject({
        up: true,
        error: "PostgreSQL did not answer in 2000 ms",
      });
      expect(report.dead_letters).toBe(0);
      expect(stderr).toStartWith("queueflow: PostgreSQL is up, but its tables cannot be read:");
      expect(exitCode).toBe(1);
      const { stdout } = await runQueueflow(["doctor"], { env: envOf() });
      expect(stdout).toContain(`session ${session?.["pid"]} of `);
      expect(stdout).toContain(`SELECT pg_terminate_backend(${session?.["pid"]})`);
      expect(stdout).toMatch(/^ok +schema/m);
    });
  });

  test("does not mistake another program for the engine", async () => {
    using other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("hello") });
    const { report, exitCode } = await status(envOf({ API_PORT: String(other.port) }));
    expect(report.engine.error).toBe("another program uses this port, and returned 200");
    expect(exitCode).toBe(1);
  });

  test("expects no API with INGEST_WORKERS=0", async () => {
    const { report, exitCode } = await status(envOf({ INGEST_WORKERS: "0" }));
    expect(report.engine).toEqual({
      state: "silent",
      url: null,
      error: null,
      degraded_by: [],
      threads: [],
      unpacked_events: null,
    });
    expect(exitCode).toBe(0);
  });

  test("--watch redraws the screen until Ctrl-C", async () => {
    let shown = "";
    const decoder = new TextDecoder();
    const child = Bun.spawn([...ENGINE, "status", "--watch"], {
      env: envOf(),
      terminal: { cols: 40, rows: 12, data: (_, bytes) => (shown += decoder.decode(bytes)) },
    });
    await eventually(() => expect(shown.split("\u001b[H").length).toBeGreaterThan(3), 30_000);
    child.terminal?.write("\u0003");
    expect(await child.exited).toBe(130);
    await eventually(() => expect(shown).toEndWith("\u001b[?25hqueueflow: Stopped\r\n"));
    const [, , frame = ""] = shown.split("\u001b[H");
    const lines = frame.replaceAll("\u001b[K", "").split("\r\n").slice(0, -1);
    expect(lines[1]).toStartWith("Engine        ok, at http://");
    expect(lines).toHaveLength(11);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
  });

  test("--watch --json prints one report per line", async () => {
    const command = startQueueflow(["status", "--watch", "--json"], { env: envOf() });
    await eventually(() => expect(command.lines().length).toBeGreaterThan(2), 30_000);
    command.interrupt();
    expect((await command.result).exitCode).toBe(130);
    for (const line of command.lines().slice(0, 2)) {
      expect(JSON.parse(line)).toMatchObject({ engine: { state: "ok" } });
    }
  });
});

test("a start logs mistyped variables without their values", async () => {
  await using servers = await openEngineServers();
  const env = { ...servers.env, INGEST_WORKER: "geheim", CLAIM_IDLE: "geheim", INGEST_WORKERS: "" };
  await using engine = await startEngine({ env });
  const record = await engine.output.record("Unknown variables are set that resemble known ones");
  expect(record).toMatchObject({
    level: "warn",
    thread: "supervisor",
    meant: { INGEST_WORKER: "INGEST_WORKERS", CLAIM_IDLE: "CLAIM_IDLE_MS" },
  });
  expect(JSON.stringify(engine.output.records)).not.toContain("geheim");
});
