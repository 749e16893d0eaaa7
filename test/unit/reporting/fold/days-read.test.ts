import { expect, test } from "bun:test";
import type { ReportPlan } from "../../../../src/reporting/query/report-query.ts";
import { event, folded } from "../../../support/reports/folded.ts";
import { memorySnapshot } from "../../../support/reports/memory-snapshot.ts";
import type { PlainEvent } from "../../../support/reports/plain-event.ts";

/** A user who sends an event every half an hour, as a server does: from five days before the day to three after it. */
const always = between(-5 * 48 + 2, 4 * 48, { user: "server" });
/** A user whose visit begins on the day and goes on into the one after the next. */
const long = between(40, 100, { user: "long" });
const short = [event("-12:00"), event("12:00"), event("36:00")];

function between(from: number, to: number, fields: Partial<PlainEvent>): PlainEvent[] {
  return Array.from({ length: to - from }, (_, step) => {
    const start = event("00:00", fields);
    return { ...start, at: start.at + (from + step) * 30 * 60_000 };
  });
}

const visits = { metrics: ["visits"] } as const;
const durations = { metrics: ["visit_duration"] } as const;
const ofEvents = (dimension: "visit:entry_page" | "visit:exit_page") =>
  ({ metrics: ["events"], dimensions: [dimension] }) as const;
const cases: [
  title: string,
  PlainEvent[],
  Pick<ReportPlan, "metrics">,
  first: string,
  last: string,
][] = [
  ["no other day where no visit crosses midnight", short, durations, "01-15", "01-15"],
  ["no other day for events alone", always, { metrics: ["visitors"] }, "01-15", "01-15"],
  ["the day before to see that a visit has begun", always, visits, "01-14", "01-15"],
  ["no later day for a visit that began before", always, durations, "01-14", "01-15"],
  [
    "later days while a visit of the day goes on",
    [...always, ...long],
    durations,
    "01-14",
    "01-17",
  ],
  ["no later day to count visits", long, visits, "01-15", "01-15"],
  [
    "all days of a visit for its first page",
    always,
    ofEvents("visit:entry_page"),
    "01-10",
    "01-15",
  ],
  ["all days of a visit for its last page", always, ofEvents("visit:exit_page"), "01-10", "01-18"],
];
test.each(cases)("reads %s", async (_, events, plan, first, last) => {
  const snapshot = memorySnapshot([event("-200:00", { user: "old" }), ...events]);
  await folded([], plan, snapshot);
  const read = snapshot.read.toSorted();
  expect([read[0], read.at(-1)]).toEqual([`2026-${first}`, `2026-${last}`]);
});
