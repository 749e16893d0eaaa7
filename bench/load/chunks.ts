import { DAY_MS } from "../../src/event/day.ts";
import type { ChunkColumnName } from "../../src/event/text-columns.ts";
import type { DayEvents } from "../../src/reporting/columns/day-events.ts";
import { decodeColumn } from "../../src/reporting/columns/decode-column.ts";
import { encodeDayEvents } from "../../src/reporting/columns/encode-day-events.ts";
import { mergeDayEvents } from "../../src/reporting/columns/merge/merge-day-events.ts";
import { RowCollector } from "../../src/reporting/columns/rows/row-collector.ts";
import { SECRET_BYTES } from "../../src/reporting/columns/user-hash.ts";
import { VisitRows } from "./visit-rows.ts";

/**
 * Packs and reads the events of one site, or of all sites of a day, and prints the bytes and the processor time of an event. Run as
 * `bun chunks.ts busiest|all`.
 */
const FIRST_DAY_MS = Date.parse("2025-01-01");
const BUSIEST_DAYS = 31;
const SITES = 1_000;
/** Of 20 million a year, divided among 1,000 sites by Zipf's law. */
const BUSIEST_EVENTS = 7_300;
const ROUNDS = 8;
/** Of the heaviest question: top pages with visitors. */
const PAGES_COLUMNS: readonly ChunkColumnName[] = ["times", "users", "user_index", "path"];

const isBusiest = Bun.argv[2] === "busiest";
const busiest = new VisitRows(20 + 40 * BUSIEST_EVENTS);
const pages = isBusiest
  ? Array.from({ length: BUSIEST_DAYS }, (_, i) =>
      busiest.day(FIRST_DAY_MS + i * DAY_MS, BUSIEST_EVENTS),
    )
  : Array.from({ length: SITES }, (_, i) => {
      const events = Math.ceil(BUSIEST_EVENTS / (i + 1));
      return new VisitRows(20 + 40 * events).day(FIRST_DAY_MS, events);
    });
const events = pages.reduce((sum, { count }) => sum + count, 0);

/** The least of all rounds, since the first ones run before compilation. */
const best: Record<string, number> = {};
let bytes = 0;
for (let round = 0; round < ROUNDS; round += 1) {
  const days = timed("collectNs", () =>
    pages.flatMap((page) => {
      const collector = new RowCollector(new Uint8Array(SECRET_BYTES));
      collector.add(page);
      return [...collector.days().values()];
    }),
  );
  const chunks = timed("encodeNs", () => days.map((day) => encodeDayEvents(day)));
  bytes = chunks.reduce((sum, columns) => sum + lengthOf(columns.values()), 0);
  const decode = (names: Iterable<ChunkColumnName>, i: number) => {
    for (const name of names) {
      const column = chunks[i]?.get(name);
      if (column) decodeColumn({ name, events: days[i]?.count ?? 0 }, column);
    }
  };
  timed("decodeNs", () => chunks.forEach((columns, i) => decode(columns.keys(), i)));
  timed("decodePagesNs", () => chunks.forEach((_, i) => decode(PAGES_COLUMNS, i)));
  const halves = days.map((day) => [half(day, 0), half(day, 1)] as const);
  timed("mergeNs", () => halves.map(([one, other]) => mergeDayEvents(one, [other])));
}
console.log(JSON.stringify({ events, bytes: bytes / events, ...best }));

function lengthOf(columns: Iterable<Uint8Array>): number {
  let length = 0;
  for (const column of columns) length += column.length;
  return length;
}

function timed<Result>(name: string, work: () => Result): Result {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  const ns = ((user + system) * 1_000) / events;
  best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, ns);
  return result;
}

/** Every second event: what parts of a day look like that were packed one after the other. */
function half(day: DayEvents, remainder: number): DayEvents {
  const isKept = (_: number, i: number) => i % 2 === remainder;
  const texts = Object.entries(day.texts).map(([name, column]) => [
    name,
    { ...column, index: column.index.filter(isKept) },
  ]);
  const times = day.times.filter(isKept);
  return {
    ...day,
    count: times.length,
    times,
    userIndex: day.userIndex.filter(isKept),
    texts: Object.fromEntries(texts),
    ...(day.engagedMs && { engagedMs: day.engagedMs.filter(isKept) }),
  };
}
