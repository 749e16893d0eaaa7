import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type DeadLetter, insertDeadLetters } from "../../src/store/dead-letters.ts";
import { useTestDatabase } from "../support/test-database.ts";

const testDatabase = useTestDatabase();
let entries = 0;

function sampleDeadLetter(overrides: Partial<DeadLetter> = {}): DeadLetter {
  entries += 1;
  return {
    stream: "events_stream",
    entryId: `1768469400250-${entries}`,
    fields: { site_id: "example.com" },
    reason: "Expected event_id to be a UUID",
    deliveries: 1,
    ...overrides,
  };
}

async function setAside(deadLetters: readonly DeadLetter[]): Promise<void> {
  await testDatabase.database.transaction(
    10_000,
    async (tx) => await insertDeadLetters(tx, deadLetters),
  );
}

async function storedAs({ stream, entryId }: DeadLetter) {
  const rows = await testDatabase.sql`
    SELECT fields::text, reason, deliveries::int FROM dead_events
    WHERE stream = ${stream} AND entry_id = ${entryId}`;
  expect(rows).toHaveLength(1);
  const [row] = rows;
  return {
    fields: JSON.parse(row?.["fields"]) as unknown,
    reason: row?.["reason"] as unknown,
    deliveries: row?.["deliveries"] as unknown,
  };
}

describe("setting an entry aside", () => {
  test("stores its fields, reason and deliveries", async () => {
    const dead = sampleDeadLetter({ deliveries: 7 });
    await setAside([dead]);
    const { fields, reason, deliveries } = dead;
    expect(await storedAs(dead)).toEqual({ fields, reason, deliveries });
  });

  test("again keeps the first row", async () => {
    const dead = sampleDeadLetter();
    await setAside([dead]);
    await setAside([{ ...dead, reason: "another", deliveries: 9 }, sampleDeadLetter()]);
    expect(await storedAs(dead)).toMatchObject({ reason: dead.reason, deliveries: 1 });
  });

  test("with a reused id and other fields adds another", async () => {
    const dead = sampleDeadLetter();
    await setAside([dead]);
    await setAside([{ ...dead, fields: { site_id: "other.example" } }]);
    const rows = await testDatabase.sql`
      SELECT fields ->> 'site_id' AS site FROM dead_events
      WHERE entry_id = ${dead.entryId} ORDER BY id`;
    expect(rows.map((row) => String(row["site"]))).toEqual(["example.com", "other.example"]);
  });

  test("twice in one batch stores it once", async () => {
    const dead = sampleDeadLetter();
    await setAside([dead, dead]);
    expect(await storedAs(dead)).toMatchObject({ deliveries: 1 });
  });

  test("does nothing without entries", async () => {
    await setAside([]);
  });

  test("keeps any field names and values", async () => {
    const name = fc.oneof(
      fc.constantFrom("__proto__", "", "\0", "a\0b", "\ud800", '"', "1", "0"),
      fc.string({ unit: "binary" }),
    );
    const property = fc.asyncProperty(fc.array(fc.tuple(name, name)), async (pairs) => {
      const fields: Record<string, string> = Object.create(null);
      for (const [key, value] of pairs) fields[key] = value;
      const dead = sampleDeadLetter({ fields });
      await setAside([dead]);
      const stored = (await storedAs(dead)).fields as Record<string, string>;
      expect(new Map(Object.entries(stored))).toEqual(new Map(Object.entries(fields)));
    });
    await fc.assert(property, { numRuns: 60 });
  }, 30_000);

  test("stores a field of a megabyte", async () => {
    const dead = sampleDeadLetter({ fields: { path: "é".repeat(500_000) } });
    await setAside([dead]);
    expect((await storedAs(dead)).fields).toEqual(dead.fields);
  });
});
