import { describe, expect, test } from "bun:test";
import { checkCitus } from "../../src/cli/doctor/check-citus.ts";
import { checkProcessClocks, checkServerClock } from "../../src/cli/doctor/check-clocks.ts";
import { checkRunning } from "../../src/cli/doctor/check-engine.ts";
import { checkIds } from "../../src/cli/doctor/check-groups.ts";
import { checkCollations, checkKeys } from "../../src/cli/doctor/check-keys.ts";
import { checkLocks } from "../../src/cli/doctor/check-locks.ts";
import { checkDisk, checkFileLimit } from "../../src/cli/doctor/check-machine.ts";
import { checkMemory } from "../../src/cli/doctor/check-memory.ts";
import { checkPacking } from "../../src/cli/doctor/check-packing.ts";
import { checkDurability } from "../../src/cli/doctor/check-postgres.ts";
import { checkRetention } from "../../src/cli/doctor/check-retention.ts";

const MIB = 1_024 ** 2;

describe("checkServerClock", () => {
  test.each([
    [0, "ok"],
    [-1_000, "ok"],
    [1_100, "ok"],
    [1_101, "warning"],
    [-1_001, "warning"],
    [3_599_000, "warning"],
    [3_600_100, "problem"],
    [-7_200_000, "problem"],
  ] as const)("rates a clock %d ms off, read within 100 ms, as %s", (off, state) => {
    const nowMs = Date.parse("2026-01-15T09:30:00Z");
    const found = checkServerClock("clock", {
      beforeMs: nowMs,
      serverMs: nowMs + off,
      afterMs: nowMs + 100,
    });
    expect(found.state).toBe(state);
    if (state !== "ok") expect(found.found).toContain(off > 0 ? "ahead of" : "behind");
  });
});

describe("checkProcessClocks", () => {
  const redisMs = Date.parse("2026-01-15T09:30:00Z");
  const right = {
    process: "right",
    offsetMs: 12,
    notedAtMs: redisMs - 60_000,
    worstMs: -900,
    worstAtMs: redisMs - 86_400_000,
  };
  const DAYS_3 = 3 * 86_400_000;
  const past = { notedAtMs: redisMs - 86_400_000 };
  test.each([
    [
      "right clocks",
      {},
      "ok",
      "1 process clock recorded in the last 30 days, all within one second",
    ],
    ["a clock that is off", { offsetMs: -9_000, worstMs: -9_000 }, "warning", "9.0 s behind"],
    [
      "one hours off",
      { offsetMs: 2 * 3_600_000, worstMs: 2 * 3_600_000 },
      "problem",
      "2.0 h ahead of",
    ],
    ["one days off", { offsetMs: -DAYS_3, worstMs: -DAYS_3 }, "problem", "it accepts no events"],
    [
      "one that was off before",
      { worstMs: DAYS_3 },
      "warning",
      "was 3.0 days ahead of the clock of Redis at 2026-01-14",
    ],
    [
      "a past process",
      { ...past, offsetMs: -DAYS_3, worstMs: -DAYS_3 },
      "warning",
      "was 3.0 days behind",
    ],
  ] as const)("%s", (_, differences, state, words) => {
    const note = { ...right, ...differences };
    const [finding] = checkProcessClocks([note], { redisMs, clocksKey: "the-key" });
    expect(finding).toMatchObject({ state, found: expect.stringContaining(words) });
  });

  test("rates as ok when no clock was noted yet", () => {
    expect(checkProcessClocks([], { redisMs, clocksKey: "" })).toMatchObject([{ state: "ok" }]);
  });
});

describe("checkKeys", () => {
  const none = { kind: "read", table: "events", rows: 0, owners: 0, worst: [] } as const;
  const failed = { kind: "failed", table: "pruned_days", error: new Error("too late") } as const;
  test.each([
    [[], "ok", "all are compared as bytes"],
    [[none], "warning", "the keys of events depend on the database's collation"],
    [[{ ...none, rows: 1, owners: 1, worst: ["a"] }], "problem", "1 duplicate row in events: a"],
    [[none, failed], "warning", "pruned_days was not checked for duplicate rows: too late"],
    [
      [none, { ...none, rows: 9, owners: 3, worst: ["a", "b"] }],
      "problem",
      "9 duplicate rows in events: a, b and 1 more",
    ],
  ] as const)("rates %j as %s", (pending, state, found) => {
    expect(checkKeys(pending)).toMatchObject([{ state, found }]);
  });
});

describe("checkCollations", () => {
  const changed = {
    name: "database q",
    recorded: "1",
    actual: "2",
    refresh: "ALTER DATABASE q REFRESH COLLATION VERSION",
    reindexAll: "REINDEX DATABASE CONCURRENTLY q",
  };
  const other = { index: "public.by_name", table: "customers" };
  test.each([
    ["no index", [], "Run: ALTER DATABASE q REFRESH COLLATION VERSION;"],
    [
      "an index of another program",
      [other],
      "Run: REINDEX INDEX CONCURRENTLY public.by_name; ALTER DATABASE q REFRESH COLLATION VERSION;",
    ],
    [
      "many indexes",
      Array.from({ length: 11 }, () => other),
      "Run: REINDEX DATABASE CONCURRENTLY q; ALTER DATABASE q REFRESH COLLATION VERSION;",
    ],
    [
      "an index of the engine",
      [{ index: "events_site_id_event_id_key", table: "events" }],
      "First repair the engine's keys, see keys. Then run: ALTER DATABASE q REFRESH COLLATION VERSION;",
    ],
  ])("says what to do with %s", (_, indexes, todo) => {
    expect(checkCollations([{ ...changed, indexes }])).toMatchObject([{ state: "warning", todo }]);
  });

  test("reports ok when none has changed", () => {
    expect(checkCollations([])).toMatchObject([{ state: "ok" }]);
  });
});

describe("checkLocks", () => {
  const blocker = { pid: 7, user: "ann", heldMs: 720_000, statement: "LOCK TABLE events" };
  const beginning = "session 7 of ann has held a lock that the engine needs";
  test.each([
    [blocker, "problem", `${beginning} for 12 min: LOCK TABLE events`],
    [{ ...blocker, heldMs: 500 }, "warning", `${beginning} for 500 ms: LOCK TABLE events`],
    [{ ...blocker, heldMs: null, statement: "<insufficient privilege>" }, "problem", beginning],
  ])("rates %j as %s", (found, state, words) => {
    expect(checkLocks([found])).toMatchObject([{ state, found: words }]);
  });

  test("reports ok when there are none", () => {
    expect(checkLocks([])).toMatchObject([{ state: "ok" }]);
  });
});

describe("checkRetention", () => {
  const held = { since: "2026-01-15T09:30:00.000Z", events: 65_270 };
  test.each([
    [undefined, 0, "ok"],
    [undefined, 90, "ok"],
    [held, 90, "problem"],
    [held, 0, "ok"],
  ] as const)("rates a held prune of %j with %d days as %s", (found, days, state) => {
    const finding = checkRetention(found, days);
    expect(finding.state).toBe(state);
    if (state === "problem")
      expect(finding.todo).toContain("queueflow prune --older-than 90 --yes");
  });
});

describe("checkPacking", () => {
  const right = {
    migrations: [],
    sequence: { lastValue: 9n, packedId: 9n, cache: 1 },
    writers: [],
  };
  const writer = { writer: "3/7", pid: 77, age_ms: 60_000 };
  test.each([
    ["nothing", {}, "ok", undefined],
    ["a migration", { migrations: ["events-site-key"] }, "warning", "queueflow migrate"],
    ["a sequence", { sequence: { ...right.sequence, lastValue: 8n } }, "problem", "verify"],
    ["a cache", { sequence: { ...right.sequence, cache: 32 } }, "problem", "CACHE 1"],
    ["a session", { writers: [writer] }, "warning", "pg_terminate_backend(77)"],
    ["a prepared", { writers: [{ ...writer, pid: null }] }, "warning", "ROLLBACK PREPARED '3/7'"],
  ] as const)("rates %s that holds packing back", (_, state, expected, todo) => {
    const [finding, ...others] = checkPacking({ ...right, ...state });
    expect(finding?.state).toBe(expected);
    expect(finding?.todo ?? "").toContain(todo ?? "");
    expect(others).toEqual([]);
  });
});

describe("checkMemory", () => {
  test.each([
    [{ used_memory: 10, maxmemory: 100, total_system_memory: 50 }, "ok"],
    [{ used_memory: 95, maxmemory: 100, total_system_memory: 50 }, "warning"],
    [{ used_memory: 100, maxmemory: 100, total_system_memory: 5_000 }, "problem"],
    [{ used_memory: 10, maxmemory: 0, total_system_memory: 100 }, "ok"],
    [{ used_memory: 95, maxmemory: 0, total_system_memory: 100 }, "warning"],
    [{ used_memory: 95 }, "ok"],
  ] as const)("rates %j MiB as %s", (mib, state) => {
    const facts = Object.entries(mib).map(([name, value]) => [name, String(value * MIB)] as const);
    expect(checkMemory(new Map(facts)).state).toBe(state);
  });
});

test("few open files and little disk space are warnings", () => {
  expect([65_536, 1_024, 64].map((files) => checkFileLimit(files).state)).toEqual([
    "ok",
    "warning",
    "problem",
  ]);
  expect([10_000, 1_000, 100].map((mib) => checkDisk(mib * MIB).state)).toEqual([
    "ok",
    "warning",
    "problem",
  ]);
});

test("settings that lose commits are reported", () => {
  const sound = { fsync: true, fullPageWrites: true, synchronousCommit: "on" };
  const stateOf = (change: Partial<typeof sound>) => checkDurability({ ...sound, ...change }).state;
  expect(stateOf({})).toBe("ok");
  expect(stateOf({ fsync: false })).toBe("problem");
  expect(stateOf({ synchronousCommit: "off" })).toBe("problem");
  expect(stateOf({ fullPageWrites: false })).toBe("warning");
});

describe("checkRunning", () => {
  const thread = { restarts: 0, last_commit_at: null, work_age_ms: 0, error: null };
  const running = { ...thread, name: "ingest-1", state: "running" };
  const engine = {
    url: "http://127.0.0.1:3000",
    error: null,
    degraded_by: [],
    threads: [running],
    unpacked_events: null,
  };

  test("warns of a thread that waits for its restart", () => {
    const threads = [running, { ...thread, name: "consumer-1", state: "waiting" }];
    expect(checkRunning({ ...engine, state: "degraded", threads })).toMatchObject([
      { state: "warning", found: "consumer-1 is not running (waiting)" },
    ]);
  });

  test("reports first that nothing is stored or accepted", () => {
    const stalled = { ...engine, state: "stalled", error: "stream_full" } as const;
    expect(checkRunning(stalled)).toMatchObject([
      { state: "problem", found: "stalled: entries are waiting and none is stored" },
      { state: "problem", found: "accepts no events (stream_full)" },
    ]);
  });
});

describe("checkIds", () => {
  test.each([
    ["ids of the past", { idsAheadMs: 0, isExhausted: false }, []],
    ["a clock corrected by a little", { idsAheadMs: 59_000, isExhausted: false }, []],
    ["ids of the future", { idsAheadMs: 3_700_000, isExhausted: false }, ["warning"]],
    ["the last id", { idsAheadMs: 2 ** 64, isExhausted: true }, ["problem"]],
  ])("%s", (_, ids, states) => {
    const findings = checkIds(ids, "my_stream");
    expect(findings.map(({ state }) => state)).toEqual(states as never);
    for (const { todo } of findings) expect(todo).toContain("my_stream");
  });
});

describe("checkCitus", () => {
  const WORKER = { name: "db1:5432", error: undefined, prepared: [] };
  const WELL = { pending: [], missing: new Map([["coordinator", []]]), workers: [WORKER] };

  test("finds nothing without workers", () => {
    expect(checkCitus(undefined)).toEqual([]);
  });

  test.each([
    ["ok", "distributed over 1 worker", WELL],
    ["problem", "db1:5432 does not answer", { ...WELL, workers: [{ ...WORKER, error: "away" }] }],
    [
      "warning",
      "prepared on db1:5432: late",
      { ...WELL, workers: [{ ...WORKER, prepared: ["late"] }] },
    ],
    ["warning", "not distributed yet: events", { ...WELL, pending: ["events"] }],
    ["warning", "db1:5432 lack jit", { ...WELL, missing: new Map([["db1:5432", ["jit"]]]) }],
  ])("reports %s: %s", (state, words, found) => {
    const [finding] = checkCitus(found);
    expect(finding?.state).toBe(state as "ok");
    expect(finding?.found).toContain(words);
  });
});
