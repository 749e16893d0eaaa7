import { describe, expect, test } from "bun:test";
import type { CommandReport } from "../../src/cli/status/read-status.ts";
import { failureIn, statusScreen } from "../../src/cli/status/status-screen.ts";
import { duration } from "../../src/cli/text.ts";

const UP = { up: true, address: "127.0.0.1:6379", version: "7.0.15", error: null };
const DOWN = { up: false, address: "127.0.0.1:6379", version: null, error: "it is away" };
const THREAD = {
  name: "consumer-1",
  state: "running",
  restarts: 0,
  last_commit_at: "2026-01-15T09:29:57.000Z",
  work_age_ms: 48,
  error: null,
};
const WELL: CommandReport = {
  at: "2026-01-15T09:30:00.000Z",
  version: "0.1.0",
  engine: {
    state: "ok",
    url: "http://127.0.0.1:3000",
    error: null,
    degraded_by: [],
    threads: [THREAD],
    unpacked_events: null,
  },
  rates: { accepted_per_s: 12_345, stored_per_s: null },
  stream: {
    length: 1_012,
    length_max: 5_000_000,
    backlog_entries: 12,
    oldest_age_ms: 61_000,
    ids_ahead_ms: 0,
    appended_entries: 90_012,
    finished_entries: 90_000,
  },
  last_commit_at: THREAD.last_commit_at,
  newest_stored_received_at: null,
  dead_letters: 3,
  losses: { entries: 0, since: null },
  held_prune: null,
  redis: UP,
  redis_memory: null,
  postgres: { ...UP, distributed: false },
};

describe("statusScreen", () => {
  test("shows each part on its own line", () => {
    expect(statusScreen(WELL)).toEqual([
      "QueueFlow     0.1.0, 2026-01-15T09:30:00.000Z",
      "Engine        ok, at http://127.0.0.1:3000",
      "Events        12,345/s accepted, unknown stored",
      "Backlog       12 entries not yet stored, the oldest for 61.0 s",
      "Stream        1,012 of 5,000,000 entries",
      "Last commit   3.0 s ago, at 2026-01-15T09:29:57.000Z",
      "Dead letters  3: see `queueflow dead-letters list`",
      "Redis         7.0.15, at 127.0.0.1:6379",
      "PostgreSQL    7.0.15, at 127.0.0.1:6379",
      "",
      "Thread      State    Restarts  Last commit  Batch age  Error",
      "consumer-1  running  0         3.0 s ago    48 ms      -",
    ]);
  });

  test("says on the engine's line why it is degraded", () => {
    const degraded_by = ["PostgreSQL does not answer", "consumer-1 is waiting"];
    const engine = { ...WELL.engine, state: "degraded", degraded_by } as const;
    expect(statusScreen({ ...WELL, engine })[1]).toBe(
      "Engine        degraded, at http://127.0.0.1:3000: PostgreSQL does not answer; consumer-1 is waiting",
    );
  });

  test("shows how far ids are in the future", () => {
    const ahead = { ...WELL, stream: { ...WELL.stream, ids_ahead_ms: 3_700_000 } };
    expect(statusScreen(ahead)[4]).toContain("entries, ids 62 min ahead");
    const atTheEnd = { ...WELL, stream: { ...WELL.stream, ids_ahead_ms: 2 ** 64 } };
    expect(statusScreen(atTheEnd)[4]).toContain("entries, ids near the last possible one");
  });

  test("shows lost events", () => {
    const losses = { entries: 1_298, since: "2026-01-15T09:12:00.000Z" };
    expect(statusScreen({ ...WELL, losses })).toContain(
      "Lost events   at least 1,298, first found at 2026-01-15T09:12:00.000Z: see `queueflow losses`",
    );
  });

  test("shows a prune that waits for an operator", () => {
    const held_prune = { since: "2026-01-14T09:12:00.000Z", events: 65_270 };
    expect(statusScreen({ ...WELL, held_prune })).toContain(
      "Retention     65,270 old events not deleted since 2026-01-14T09:12:00.000Z: see `queueflow doctor`",
    );
  });

  test("estimates when a growing backlog fills the stream", () => {
    const stream = { length: 1_400_000, length_max: 5_000_000, backlog_entries: 1_400_000 };
    const screenOf = (oldest_age_ms: number, stored_per_s: number) =>
      statusScreen({
        ...WELL,
        rates: { accepted_per_s: 600, stored_per_s },
        stream: { ...WELL.stream, ...stream, oldest_age_ms },
      })[4];
    const text = "Stream        1,400,000 of 5,000,000 entries";
    expect(screenOf(61_000, 100)).toBe(`${text}, full in about 2.0 h`);
    expect(screenOf(61_000, 700)).toBe(text);
    expect(screenOf(50, 100)).toBe(text);
  });

  test("estimates when a growing backlog fills the memory of Redis", () => {
    const screenOf = (max_bytes: number | null) =>
      statusScreen({
        ...WELL,
        rates: { accepted_per_s: 100, stored_per_s: 0 },
        redis_memory: { used_bytes: 2 * 1_024 ** 2, max_bytes },
      });
    const limited = screenOf(2 * 1_024 ** 2 + 140 * 6_000);
    expect(limited[4]).toEndWith("entries, full in about 60.0 s");
    expect(limited[7]).toEndWith(", 2 MiB of memory used of 2.8 MiB");
    expect(screenOf(1_024)[4]).toEndWith("entries, full in about 0 ms");
    expect(screenOf(null)[4]).toEndWith("entries, full in about 13.9 h");
    expect(screenOf(null)[7]).toEndWith(", 2 MiB of memory used");
  });

  test("says that PostgreSQL is distributed", () => {
    const [line] = statusScreen({ ...WELL, postgres: { ...UP, distributed: true } }).slice(8);
    expect(line).toBe("PostgreSQL    7.0.15, at 127.0.0.1:6379, distributed by Citus");
  });

  test("shows a PostgreSQL whose tables cannot be read", () => {
    const error = "PostgreSQL did not answer in 2000 ms";
    const lines = statusScreen({ ...WELL, postgres: { ...UP, distributed: null, error } });
    expect(lines[8]).toBe(
      `PostgreSQL    7.0.15, at 127.0.0.1:6379, but its tables cannot be read: ${error}`,
    );
  });

  test("escapes control characters of an engine that is down", () => {
    const error = "another\nprogram \u001b[2J answers";
    const engine = { ...WELL.engine, state: "down", error, threads: [] } as const;
    const lines = statusScreen({ ...WELL, engine, redis: { ...DOWN, error } });
    expect(lines).toHaveLength(9);
    expect(lines[1]).toStartWith("Engine        does not answer at http://127.0.0.1:3000: another");
    expect(lines.join("")).not.toMatch(/\p{Cc}/u);
  });

  test("tells an unknown server from an unreachable one", () => {
    const redis = { ...DOWN, address: null, error: "No engine runs in this folder" };
    expect(statusScreen({ ...WELL, redis })[7]).toBe(
      "Redis         is not configured: No engine runs in this folder",
    );
    expect(statusScreen({ ...WELL, redis: DOWN })[7]).toBe(
      "Redis         cannot be reached at 127.0.0.1:6379: it is away",
    );
    expect(failureIn({ ...WELL, redis })).toBe(
      "Redis is not configured: No engine runs in this folder",
    );
  });

  test.each([
    [0, "0 ms"],
    [999, "999 ms"],
    [1_000, "1.0 s"],
    [120_000, "2 min"],
    [7_200_000, "2.0 h"],
  ])("duration shows %d ms as %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe("failureIn", () => {
  const engine = (state: CommandReport["engine"]["state"]) => ({ ...WELL.engine, state });
  test("finds nothing when everything is fine, with or without API", () => {
    expect(failureIn(WELL)).toBeUndefined();
    expect(failureIn({ ...WELL, engine: engine("silent") })).toBeUndefined();
  });

  test.each([
    ["does not answer", { engine: engine("down"), redis: DOWN }],
    ["Redis", { engine: engine("degraded"), redis: DOWN }],
    ["PostgreSQL", { engine: engine("silent"), postgres: { ...DOWN, distributed: null } }],
    [
      "PostgreSQL is up, but its tables cannot be read: slow",
      { postgres: { ...UP, distributed: null, error: "slow" } },
    ],
    [
      "no events (stream_full); PostgreSQL cannot be reached",
      {
        engine: { ...engine("stalled"), error: "stream_full" },
        postgres: { ...DOWN, distributed: null },
      },
    ],
    ["stalled", { engine: engine("stalled") }],
    ["Old events have not been deleted since", { held_prune: { since: WELL.at, events: 1 } }],
    ["At least 298 accepted events lost since", { losses: { entries: 298, since: WELL.at } }],
    ["degraded", { engine: engine("degraded") }],
    ["no events (stream_full)", { engine: { ...engine("degraded"), error: "stream_full" } }],
  ])("reports %s", (words, change) => {
    expect(failureIn({ ...WELL, ...change })).toContain(words);
  });
});
