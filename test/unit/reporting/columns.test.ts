import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CHUNK_COLUMNS } from "../../../src/event/text-columns.ts";
import type { DayEvents } from "../../../src/reporting/columns/day-events.ts";
import { decodeColumn } from "../../../src/reporting/columns/decode-column.ts";
import { decodeDayEvents } from "../../../src/reporting/columns/decode-day-events.ts";
import { encodeDayEvents } from "../../../src/reporting/columns/encode-day-events.ts";
import {
  mergeDayEvents,
  mergingDayEvents,
} from "../../../src/reporting/columns/merge/merge-day-events.ts";
import { RowCollector } from "../../../src/reporting/columns/rows/row-collector.ts";
import { sliceDayEvents } from "../../../src/reporting/columns/slice-day-events.ts";
import { SECRET_BYTES } from "../../../src/reporting/columns/user-hash.ts";
import {
  type ColumnRow,
  columnRows,
  eventsOf,
  rawRowsOf,
  rowsByDate,
  withoutIds,
} from "../../support/reports/column-rows.ts";

const SECRET = new Uint8Array(SECRET_BYTES).fill(7);

function daysOf(
  rows: readonly ColumnRow[],
  pageSize = rows.length,
): ReadonlyMap<string, DayEvents> {
  const collector = new RowCollector(SECRET);
  for (let from = 0; from < rows.length; from += pageSize) {
    collector.add(rawRowsOf(rows.slice(from, from + pageSize)));
  }
  return collector.days();
}

test("rows in pages become days in order", () => {
  fc.assert(
    fc.property(columnRows(), fc.integer({ min: 1, max: 9 }), (rows, pageSize) => {
      const days = daysOf(rows, pageSize);
      const expected = rowsByDate(rows);
      expect([...days.keys()]).toEqual([...expected.keys()]);
      for (const [date, day] of days) {
        expect(eventsOf(date, day)).toEqual(withoutIds(expected.get(date) ?? []));
      }
    }),
  );
});

test("dictionaries hold each value once, in byte order", () => {
  fc.assert(
    fc.property(columnRows({ minLength: 1 }), (rows) => {
      for (const day of daysOf(rows).values()) {
        for (const { bytes, ends, index } of Object.values(day.texts)) {
          const values = [...ends].map((end, i) => Buffer.from(bytes.slice(ends[i - 1] ?? 0, end)));
          expect(values).toEqual(values.toSorted((a, b) => Buffer.compare(a, b)));
          expect(new Set(values.map(String)).size).toBe(values.length);
          const used = new Set([...index].filter((place) => place > 0));
          expect(used.size).toBe(values.length);
        }
        const hashes = [...day.users].map((half) => half.toString(16).padStart(8, "0"));
        const users = hashes.flatMap((half, i) => (i % 2 === 0 ? [half + hashes[i + 1]] : []));
        expect(users).toEqual(users.toSorted());
      }
    }),
  );
});

test("a decoded chunk equals the encoded day", () => {
  fc.assert(
    fc.property(columnRows({ minLength: 1 }), (rows) => {
      for (const day of daysOf(rows).values()) {
        expect(decodeDayEvents(encodeDayEvents(day), day.count)).toEqual(day);
      }
    }),
  );
});

test("a large day survives compression", () => {
  const rows = Array.from({ length: 70_000 }, (_, i) => ({
    eventId: Bun.randomUUIDv7(),
    timeMs: Date.parse("2026-01-15") + 1_000 * i,
    user: `user-${(i * 7_919) % 66_000}`,
    texts: { event_type: "page_view", path: `/${i}`, title: `Title ${i % 300}` },
    engagedMs: i,
  }));
  const [day] = daysOf(rows, 20_000).values();
  if (day === undefined) throw new Error("No day");
  const encoded = encodeDayEvents(day);
  expect(decodeDayEvents(encoded, day.count)).toEqual(day);
  expect(eventsOf("2026-01-15", day)).toEqual(withoutIds(rows));
});

describe("a merge of parts", () => {
  const divided = fc
    .tuple(columnRows({ minLength: 1 }), fc.infiniteStream(fc.nat(3)))
    .map(([rows, stream]) => rows.map((row) => ({ row, part: stream.next().value ?? 0 })));

  test("has the events of all in order of time", () => {
    fc.assert(
      fc.property(divided, (assigned) => {
        for (const { date, parts, hasTies } of partsOf(assigned)) {
          const [first, ...others] = parts;
          if (first === undefined) continue;
          const merged = mergeDayEvents(
            first.day,
            others.map(({ day }) => day),
          );
          const byInstant = (events: readonly object[]) =>
            events.map((event) => JSON.stringify(event)).toSorted();
          const all = parts.flatMap(({ rows }) => rows);
          const events = eventsOf(date, merged.events);
          expect(byInstant(events)).toEqual(byInstant(withoutIds(all)));
          expect(events.map(({ timeMs }) => timeMs)).toEqual(
            all.map(({ timeMs }) => timeMs).toSorted((a, b) => a - b),
          );
          expect(merged.hasTies).toBe(hasTies);
          if (!hasTies) {
            for (const user of new Set(all.map((row) => row.user))) {
              const ofUser = (rows: readonly { user: string }[]) =>
                rows.filter((row) => row.user === user);
              const inOrder = rowsByDate(all).get(date) ?? [];
              expect(ofUser(events)).toEqual(ofUser(withoutIds(inOrder)));
            }
          }
          const whole = daysOf(all).get(date) ?? first.day;
          expect(merged.events.users).toEqual(whole.users);
          expect(merged.events.userTexts).toEqual(whole.userTexts);
          expect(merged.events.texts.path?.ends).toEqual(whole.texts.path?.ends);
        }
      }),
    );
  });

  test("has all events where no column but the time was read", () => {
    const of = (times: readonly number[]) => ({
      count: times.length,
      times: new Uint32Array(times),
      users: new Uint32Array(),
      userIndex: new Uint32Array(),
      texts: {},
    });
    const { events } = mergeDayEvents(of([5]), [of([1, 9]), of([7])]);
    expect(events).toEqual(of([1, 5, 7, 9]));
  });

  test("of large parts lets others work", () => {
    const of = (count: number) => ({
      count,
      times: Uint32Array.from({ length: count }, (_, i) => i),
      users: Uint32Array.from({ length: 2 * count }, (_, i) => i),
      userIndex: Uint32Array.from({ length: count }, (_, i) => i),
      texts: {},
    });
    const work = mergingDayEvents(of(100_000), [of(150_000)]);
    let pieces = 0;
    let step = work.next();
    for (; step.done !== true; step = work.next()) pieces += 1;
    // Places in time, users, and the users of events, at most 65,536 at once.
    expect(pieces).toBeGreaterThan(10);
    expect(step.value.events.count).toBe(250_000);
    expect(step.value.hasTies).toBe(true);
  });

  test("keeps two users of one hash apart where their texts differ", () => {
    const [first, second] = ["ann", "bob"].map((user) => {
      const [day] = daysOf([
        { eventId: Bun.randomUUIDv7(), timeMs: 0, user, texts: {}, engagedMs: undefined },
      ]).values();
      if (day === undefined) throw new Error("No day");
      return { ...day, users: new Uint32Array([1, 2]) };
    });
    if (first === undefined || second === undefined) throw new Error("No days");
    const { events } = mergeDayEvents(first, [second]);
    expect([...events.users]).toEqual([1, 2, 1, 2]);
    expect([...events.userIndex]).toEqual([0, 1]);
  });
});

describe("a damaged column", () => {
  const [day] = daysOf(
    Array.from({ length: 700 }, (_, i) => ({
      eventId: Bun.randomUUIDv7(),
      timeMs: i * 1_000,
      user: `user-${i % 90}`,
      texts: { event_type: "page_view", path: `/${i % 70}`, country: "DE" },
      engagedMs: i,
    })),
  ).values();
  const encoded = day ? encodeDayEvents(day) : new Map<never, never>();
  const columns = CHUNK_COLUMNS.flatMap((name) => {
    const bytes = encoded.get(name);
    return bytes ? [{ name, bytes }] : [];
  });
  const anyColumn = fc.constantFrom(...columns);
  const damage = (name: string) =>
    expect.objectContaining({
      code: "chunk_damaged",
      message: expect.stringMatching(new RegExp(`^Column ${name} of a chunk `)),
    });

  test("with a changed bit is refused", () => {
    fc.assert(
      fc.property(anyColumn, fc.nat(), fc.nat(7), ({ name, bytes }, at, bit) => {
        const changed = bytes.slice();
        const place = at % changed.length;
        changed[place] = (changed[place] ?? 0) ^ (1 << bit);
        expect(() => decodeColumn({ name, events: 700 }, changed)).toThrow(damage(name));
      }),
    );
  });

  test("that was cut is refused", () => {
    fc.assert(
      fc.property(anyColumn, fc.nat(), ({ name, bytes }, at) => {
        const cut = bytes.slice(0, at % bytes.length);
        expect(() => decodeColumn({ name, events: 700 }, cut)).toThrow(damage(name));
      }),
    );
  });

  test("of another name or chunk is refused", () => {
    for (const { name, bytes } of columns) {
      expect(() => decodeColumn({ name, events: 699 }, bytes)).toThrow(damage(name));
      const other = columns.find((column) => column.name !== name);
      if (other === undefined) throw new Error("One column");
      expect(() => decodeColumn({ name, events: 700 }, other.bytes)).toThrow(damage(name));
    }
  });

  test("of a newer format says so", () => {
    for (const { name, bytes } of columns) {
      const newer = bytes.slice();
      newer[0] = 2;
      expect(() => decodeColumn({ name, events: 700 }, newer)).toThrow(
        `Column ${name} of a chunk has format 2, and this binary reads 1`,
      );
    }
  });
});

interface DatedParts {
  readonly date: string;
  readonly parts: readonly { readonly day: DayEvents; readonly rows: readonly ColumnRow[] }[];
  readonly hasTies: boolean;
}

function partsOf(assigned: readonly { row: ColumnRow; part: number }[]): readonly DatedParts[] {
  const dates = [...rowsByDate(assigned.map(({ row }) => row)).keys()];
  return dates.map((date) => {
    const byPart = Map.groupBy(
      assigned.filter(({ row }) => new Date(row.timeMs).toISOString().startsWith(date)),
      ({ part }) => part,
    );
    const parts = [...byPart.values()].flatMap((each) => {
      const rows = each.map(({ row }) => row);
      const [day] = daysOf(rows).values();
      return day ? [{ day, rows }] : [];
    });
    const instants = parts.map(
      ({ rows }) => new Set(rows.map(({ user, timeMs }) => `${timeMs} ${user}`)),
    );
    const all = instants.flatMap((each) => [...each]);
    return { date, parts, hasTies: new Set(all).size < all.length };
  });
}

test("a slice has the events of its places, and only their users and texts", () => {
  fc.assert(
    fc.property(columnRows({ minLength: 1 }), fc.nat(40), fc.nat(40), (rows, one, other) => {
      for (const [date, day] of daysOf(rows)) {
        const from = Math.min(one, other, day.count);
        const to = Math.min(Math.max(one, other), day.count);
        const expected = (rowsByDate(rows).get(date) ?? []).slice(from, to);
        const slice = sliceDayEvents(day, from, to);
        expect(eventsOf(date, slice)).toEqual(withoutIds(expected));
        expect(slice.users.length / 2).toBe(new Set(expected.map(({ user }) => user)).size);
        for (const [name, { ends }] of Object.entries(slice.texts)) {
          const texts = expected.map(
            ({ texts: of }) => Object.entries(of).find(([own]) => own === name)?.[1],
          );
          expect(ends.length).toBe(new Set(texts.filter((text) => text !== undefined)).size);
        }
      }
    }),
  );
});
