import { alignedTable } from "../report/table.ts";
import { acceptAndStore, type Measured } from "./measure/accept-and-store.ts";
import { openUnit, type Unit } from "./measure/unit.ts";
import { predict } from "./predict.ts";

/** Shards of the stream, each on a Redis of its own and with a database of its own. */
const SHARDS = [1, 2, 4] as const;
const LARGE_FLUSH = 500;
const SMALL_FLUSH = 50;
const WARM_UP_EVENTS = 100_000;
const MEASURED_EVENTS = 100_000;

const FIGURES: readonly (readonly [keyof Measured, string, string])[] = [
  ["ingestUs", "ingest", "µs"],
  ["redisAppendUs", "Redis, appending", "µs"],
  ["redisReadUs", "Redis, delivering", "µs"],
  ["consumerUs", "consumers", "µs"],
  ["postgresUs", "PostgreSQL", "µs"],
  ["appendBytes", "in and out of Redis", "bytes"],
  ["walBytes", "WAL", "bytes"],
];

export interface CheckedRow {
  readonly what: string;
  readonly unit: string;
  readonly predicted: number;
  readonly measured: number;
}

export interface Checked {
  readonly shards: number;
  readonly eventsPerRequest: number;
}

/** What is measured by default: each number of shards, and smaller flushes. */
export const CHECKS: readonly Checked[] = [
  ...SHARDS.map((shards) => ({ shards, eventsPerRequest: LARGE_FLUSH })),
  { shards: 1, eventsPerRequest: SMALL_FLUSH },
];

/** Measures an event's cost over a number of shards, beside what the model predicts. */
export async function checkModel({
  shards,
  eventsPerRequest,
}: Checked): Promise<readonly CheckedRow[]> {
  const name = `${shards} ${shards === 1 ? "shard" : "shards"}, flushes of ${eventsPerRequest}`;
  const measured = await measure(shards, eventsPerRequest);
  const predicted = predict({ eventsPerRequest, eventsPerFlush: eventsPerRequest });
  return FIGURES.map(([figure, part, unit]) => ({
    what: `${name}: ${part}`,
    unit,
    predicted: predicted[figure],
    measured: measured[figure],
  }));
}

async function measure(shards: number, eventsPerRequest: number): Promise<Measured> {
  await using stack = new AsyncDisposableStack();
  const units: Unit[] = [];
  for (let i = 0; i < shards; i += 1) units.push(stack.use(await openUnit()));
  return await acceptAndStore(units, {
    warmUp: WARM_UP_EVENTS,
    measured: MEASURED_EVENTS,
    eventsPerRequest,
  });
}

/** Returns the rows as a table: predicted beside measured, and their ratio. */
export function checkTable(rows: readonly CheckedRow[]): string {
  return alignedTable([
    ["cost of an event", "predicted", "measured", "measured / predicted"],
    ...rows.map(({ what, unit, predicted, measured }) => [
      what,
      `${number(predicted)} ${unit}`,
      `${number(measured)} ${unit}`,
      number(measured / predicted),
    ]),
  ]);
}

function number(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
