import { alignedTable } from "../report/table.ts";
import { type Plan, planFor } from "./plan.ts";

/** Peak rates in events per second. */
export const RATES = [10_000, 100_000, 1_000_000, 10_000_000] as const;
const BATCH_EVENTS = 500;

type Cell = (plans: { readonly singles: Plan; readonly batches: Plan }) => string;

const SERVERS: readonly (readonly [string, Cell])[] = [
  ["ingest threads, an event a request", ({ singles }) => count(singles.ingestThreads)],
  [
    `ingest threads, ${BATCH_EVENTS} events a request`,
    ({ batches }) => count(batches.ingestThreads),
  ],
  ["Redis masters", ({ singles }) => count(singles.redisMasters)],
  ["consumer threads", ({ singles }) => count(singles.consumerThreads)],
  ["PostgreSQL servers, each with its sites", ({ singles }) => count(singles.databases)],
  ["cores of each", ({ singles }) => count(singles.databaseCores)],
  ["or one Citus: cores of the coordinator", ({ singles }) => count(singles.coordinatorCores)],
  ["cores of its workers", ({ singles }) => count(singles.workerCores)],
];

const BYTES: readonly (readonly [string, Cell])[] = [
  ["from clients, an event a request", ({ singles }) => `${size(singles.clientBytes)}/s`],
  [
    `from clients, ${BATCH_EVENTS} events a request`,
    ({ batches }) => `${size(batches.clientBytes)}/s`,
  ],
  ["in and out of Redis, with a replica", ({ singles }) => `${size(singles.redisBytes)}/s`],
  ["Redis's append-only files", ({ singles }) => `${size(singles.appendOnlyBytes)}/s`],
  ["fsyncs of Redis, at most", ({ singles }) => `${count(singles.fsyncs)}/s`],
  ["PostgreSQL's WAL", ({ singles }) => `${size(singles.walBytes)}/s`],
  [
    "memory of Redis, an hour without PostgreSQL",
    ({ singles }) => size(singles.backlogBytesPerHour),
  ],
  ["raw rows a day", ({ singles }) => size(singles.rowBytesPerDay)],
  ["chunks a day", ({ singles }) => size(singles.chunkBytesPerDay)],
];

/** The tables of docs/scaling.md: how many of what, and how many bytes. */
export function scalingTables(): readonly [servers: string, bytes: string] {
  const plans = RATES.map((rate) => ({
    singles: planFor(rate),
    batches: planFor(rate, { eventsPerRequest: BATCH_EVENTS }),
  }));
  const head = ["at a peak of", ...RATES.map((rate) => `${count(rate)}/s`)];
  const table = (rows: readonly (readonly [string, Cell])[]) =>
    alignedTable([head, ...rows.map(([what, cell]) => [what, ...plans.map(cell)])]);
  return [table(SERVERS), table(BYTES)];
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Two significant digits, in powers of 1,000. */
function size(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = Number((bytes / 1_000 ** power).toPrecision(2));
  // Rounding may reach the next unit.
  return value >= 1_000 && power < UNITS.length - 1
    ? `${value / 1_000} ${UNITS[power + 1]}`
    : `${value} ${UNITS[power]}`;
}
