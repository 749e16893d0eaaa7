import { DAY_MS, utcDate } from "../../../src/event/day.ts";
import { TEXT_COLUMNS, type TextColumnName } from "../../../src/event/text-columns.ts";
import type { DayEvents, TextColumn } from "../../../src/reporting/columns/day-events.ts";
import type { SiteSnapshot } from "../../../src/reporting/snapshot/site-snapshot.ts";
import type { PlainEvent } from "./plain-event.ts";

export interface MemorySnapshot extends SiteSnapshot {
  /** Which days were read. */
  readonly read: string[];
}

/** Keeps events as columns in memory. Events of one instant stay in their order. */
export function memorySnapshot(
  events: readonly PlainEvent[],
  { incomplete = [] }: { incomplete?: readonly string[] } = {},
): MemorySnapshot {
  const byDate = Map.groupBy(
    events.toSorted((left, right) => left.at - right.at),
    ({ at }) => utcDate(at),
  );
  const dates = [...byDate.keys()].toSorted();
  const days = new Map<string, DayEvents>();
  const read: string[] = [];
  return {
    asOfMs: 0,
    firstDate: dates[0],
    lastDate: dates.at(-1),
    read,
    prefetch: () => Promise.resolve(),
    readDay: (date) => {
      read.push(date);
      const found = byDate.get(date);
      if (found === undefined) return Promise.resolve(undefined);
      const day = days.get(date) ?? columnsOf(found);
      days.set(date, day);
      return Promise.resolve({ date, events: day, isIncomplete: incomplete.includes(date) });
    },
    end: () => undefined,
  };
}

function columnsOf(events: readonly PlainEvent[]): DayEvents {
  const hashes = new Map(events.map(({ user }) => [user, Bun.hash.xxHash64(user)]));
  const users = [...hashes].toSorted(([, left], [, right]) => (left < right ? -1 : 1));
  const places = new Map(users.map(([user], place) => [user, place]));
  const engaged = Int32Array.from(events, ({ engaged_ms = -1 }) => engaged_ms);
  return {
    count: events.length,
    times: Uint32Array.from(events, ({ at }) => at % DAY_MS),
    users: Uint32Array.from(
      users.flatMap(([, hash]) => [Number(hash >> 32n), Number(hash & 0xffffffffn)]),
    ),
    userIndex: Uint32Array.from(events, ({ user }) => places.get(user) ?? 0),
    texts: Object.fromEntries(
      TEXT_COLUMNS.flatMap((name) => {
        const column = textColumn(events.map((event) => textOf(event, name)));
        return column === undefined ? [] : [[name, column]];
      }),
    ),
    ...(engaged.some((ms) => ms >= 0) && { engagedMs: engaged }),
  };
}

function textColumn(values: readonly (string | undefined)[]): TextColumn | undefined {
  const texts = [...new Set(values.filter((value) => value !== undefined))];
  if (texts.length === 0) return undefined;
  const distinct = texts
    .map((text) => Buffer.from(text))
    .toSorted((left, right) => Buffer.compare(left, right));
  const places = new Map(distinct.map((bytes, place) => [bytes.toString(), place + 1]));
  let end = 0;
  return {
    bytes: Buffer.concat(distinct),
    ends: Uint32Array.from(distinct, (bytes) => (end += bytes.length)),
    index: Uint32Array.from(values, (value) => places.get(value ?? "") ?? 0),
  };
}

function textOf(event: PlainEvent, name: TextColumnName): string | undefined {
  if (name !== "properties") return Object.entries(event).find(([key]) => key === name)?.[1];
  if (event.properties === undefined) return undefined;
  // As PostgreSQL prints jsonb.
  const parts = Object.entries(event.properties).map(
    ([key, json]) => `${JSON.stringify(key)}: ${json}`,
  );
  return `{${parts.join(", ")}}`;
}
