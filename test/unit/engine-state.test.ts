import { expect, test } from "bun:test";
import { engineState, type ReportedState } from "../../src/http/dashboard/engine-state.ts";

const stream = { length: 0, backlog_entries: 0, oldest_age_ms: 0, ids_ahead_ms: 0 };
const whole: ReportedState = {
  status: "ok",
  ingest: { ready: true, error: null, threads: [] },
  postgres: { up: true },
  stream,
};
const waiting = { stream: { ...stream, backlog_entries: 1_200 } };
const refusing = { ingest: { ready: false, error: "stream_full" as const, threads: [] } };

const cases: [string, Partial<ReportedState>, readonly string[]][] = [
  ["accepts and stores", {}, ["good Accepting events", "good Storing events"]],
  ["has a backlog", waiting, ["good Accepting events", "good Storing events"]],
  ["refuses", { status: "degraded", ...refusing }, ["bad Refusing events", "good Storing events"]],
  [
    "has no PostgreSQL",
    { status: "degraded", postgres: { up: false }, ...waiting },
    ["good Accepting events", "bad PostgreSQL is unavailable"],
  ],
  [
    "stalls",
    { status: "stalled", ...waiting },
    ["good Accepting events", "bad Not storing events"],
  ],
  [
    "has no Redis",
    { status: "degraded", ...refusing, stream: { ...stream, backlog_entries: null } },
    ["bad Refusing events", "unknown Storing: unknown"],
  ],
  [
    "has a failing thread",
    { status: "degraded" },
    ["good Accepting events", "good Storing events", "bad Degraded"],
  ],
];

test.each(cases)("an engine that %s says so", (_, report, expected) => {
  const states = engineState({ ...whole, ...report });
  expect(states.map(({ is, title }) => `${is} ${title}`)).toEqual([...expected]);
});

test.each([
  [0, "No events wait to be stored."],
  [1, "1 event waits to be stored."],
  [1_200, "1,200 events wait to be stored."],
])("a backlog of %d is named", (entries, detail) => {
  const states = engineState({ ...whole, stream: { ...stream, backlog_entries: entries } });
  expect(states[1]?.detail).toBe(detail);
});
