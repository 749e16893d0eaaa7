import { describe, expect, test } from "bun:test";
import { type HealthParts, healthReport } from "../../src/health/health-report.ts";
import { STALLED_AFTER_MS } from "../../src/stream/inspect/read-backlog.ts";
import type { ThreadReport } from "../../src/thread-report.ts";

const NOW = "2026-01-15T09:30:00.000Z";
const NOW_MS = Date.parse(NOW);
const LONG_AGO = new Date(NOW_MS - STALLED_AFTER_MS).toISOString();
const BACKLOG = {
  entries: 2,
  pending: 1,
  oldestId: "1-0",
  lagMs: 40_000,
  idsAheadMs: 0,
  isExhausted: false,
  length: 7,
  finished: "5",
};

const SHARD = { stream: "events_stream", backlog: BACKLOG, stillForMs: 0 };

function thread(overrides: Partial<ThreadReport> = {}): ThreadReport {
  return {
    role: "consumer",
    name: "consumer-1",
    state: "running",
    restarts: 0,
    workAgeMs: 0,
    lastCommitAt: null,
    error: null,
    ...overrides,
  };
}

function reportOf(overrides: Partial<HealthParts> = {}) {
  const parts: HealthParts = {
    settings: new Map([["appendfsync", "always"]]),
    backlog: BACKLOG,
    stillForMs: 0,
    shards: [SHARD],
    database: { state: "up", deadLetters: 0 },
    notReady: undefined,
    losses: { entries: 0, since: null },
    clockOffsetMs: -3,
    threads: [thread()],
    ...overrides,
  };
  return healthReport(parts, NOW_MS);
}

describe("the health report", () => {
  test("shows each part when all work", () => {
    const threads = [
      thread({ role: "reclaimer", name: "reclaimer", restarts: 1 }),
      thread({ lastCommitAt: NOW, workAgeMs: 12.4, restarts: 2 }),
      thread({ role: "ingest", name: "ingest-1" }),
      thread({ role: "report", name: "report-1" }),
    ];
    const idle = {
      state: "running",
      restarts: 0,
      last_commit_at: null,
      work_age_ms: 0,
      error: null,
    } as const;
    expect(reportOf({ threads, database: { state: "up", deadLetters: 3 } })).toEqual({
      status: "ok",
      degraded_by: [],
      redis: { up: true, settings: { appendfsync: "always" } },
      postgres: { up: true },
      clock: { offset_ms: -3 },
      stream: { length: 7, backlog_entries: 2, oldest_age_ms: 40_000, ids_ahead_ms: 0 },
      ingest: { ready: true, error: null, threads: [{ ...idle, name: "ingest-1" }] },
      consumers: [
        { ...idle, name: "consumer-1", restarts: 2, last_commit_at: NOW, work_age_ms: 12 },
      ],
      reports: [{ ...idle, name: "report-1" }],
      packer: null,
      reclaimer: { ...idle, name: "reclaimer", restarts: 1 },
      dead_letters: 3,
      losses: { entries: 0, since: null },
      restarts: 3,
    });
  });

  test("is null where Redis is needed while it is away", () => {
    const away = reportOf({
      backlog: undefined,
      settings: undefined,
      notReady: "stream_unavailable",
    });
    expect(away).toMatchObject({
      status: "degraded",
      redis: { up: false, settings: null },
      stream: { length: null, backlog_entries: null, oldest_age_ms: null },
      ingest: { ready: false, error: "stream_unavailable" },
    });
  });

  const DEGRADED: readonly (readonly [string, Partial<HealthParts>])[] = [
    ["PostgreSQL does not answer", { database: { state: "down", deadLetters: undefined } }],
    ["the tables cannot be read", { database: { state: "up", deadLetters: undefined } }],
    ["at least 298 accepted events were lost", { losses: { entries: 298, since: NOW } }],
    ["events are refused: stream_full", { notReady: "stream_full" }],
    ["consumer-1 is waiting", { threads: [thread({ state: "waiting" })] }],
    [
      "consumer-1 fails: database_unavailable",
      { threads: [thread({ error: "database_unavailable" })] },
    ],
    ["consumer-1 is starting", { threads: [thread({ state: "starting" })] }],
    ["Redis does not answer", { backlog: undefined, stillForMs: 60_000 }],
  ];
  test.each(DEGRADED)("is degraded, and says that %s", (reason, parts) => {
    expect(reportOf(parts)).toMatchObject({ status: "degraded", degraded_by: [reason] });
  });

  test("is stalled when entries wait and none was stored", () => {
    const stillForMs = STALLED_AFTER_MS;
    expect(reportOf({ stillForMs }).status).toBe("stalled");
    expect(reportOf({ stillForMs, threads: [] }).status).toBe("stalled");
    expect(reportOf({ stillForMs, threads: [thread({ lastCommitAt: LONG_AGO })] }).status).toBe(
      "stalled",
    );
    const future = [thread({ lastCommitAt: "2026-01-18T09:30:00.000Z" })];
    expect(reportOf({ stillForMs, threads: future }).status).toBe("stalled");
    const down = { state: "down", deadLetters: undefined } as const;
    expect(reportOf({ stillForMs, database: down }).status).toBe("stalled");
  });

  test("is not stalled shortly after a commit", () => {
    const committed = [thread({ lastCommitAt: LONG_AGO }), thread({ lastCommitAt: NOW })];
    expect(reportOf({ stillForMs: 60_000, threads: committed }).status).toBe("ok");
    expect(reportOf({ stillForMs: STALLED_AFTER_MS - 1 }).status).toBe("ok");
  });
});
