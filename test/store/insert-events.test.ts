import { afterEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CORE_FIELDS, type ReceivedEvent, STORED_OPTIONAL_FIELDS } from "../../src/event/event.ts";
import { timestampType } from "../../src/event/timestamp.ts";
import { insertEvents } from "../../src/store/batch/store-by-insert.ts";
import { distinctInOrder } from "../../src/store/in-key-order.ts";
import { acceptedEvent, acceptedTimestamp } from "../support/arbitraries.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleReceivedEvent } from "../support/sample-event.ts";
import { useTestDatabase } from "../support/test-database.ts";

const DEADLINE_MS = 10_000;
const testDatabase = useTestDatabase();

afterEach(async () => void (await testDatabase.sql`TRUNCATE events`));

async function insert(events: readonly ReceivedEvent[]): Promise<readonly ReceivedEvent[]> {
  return await testDatabase.database.transaction(
    DEADLINE_MS,
    async (tx) => await insertEvents(tx, distinctInOrder(events)),
  );
}

const RECEIVED_AT = { key: "receivedAt", name: "received_at", type: timestampType };

async function storedEvents(): Promise<readonly ReceivedEvent[]> {
  const iso = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
  const columns = [...CORE_FIELDS, ...STORED_OPTIONAL_FIELDS, RECEIVED_AT].map(
    ({ key, name, type }) =>
      type.sql === "timestamptz"
        ? `to_char(${name} AT TIME ZONE 'UTC', ${iso}) AS "${key}"`
        : `${name}::text AS "${key}"`,
  );
  const rows = await testDatabase.sql.unsafe<ReceivedEvent[]>(
    `SELECT ${columns.join(", ")} FROM events`,
  );
  return rows.map((row) => {
    const present = Object.entries(row).filter(([, value]) => value !== null);
    return Object.assign(sampleReceivedEvent(), Object.fromEntries(present));
  });
}

/** PostgreSQL orders the names in a `jsonb`. */
function withParsedProperties(events: readonly ReceivedEvent[]): readonly unknown[] {
  return events.map(({ properties = "null", ...event }) => ({
    ...event,
    properties: JSON.parse(properties),
  }));
}

describe("inserting events", () => {
  test("returns every event when all are new", async () => {
    const events = distinctInOrder([sampleReceivedEvent(), sampleReceivedEvent()]);
    expect(await insert(events)).toEqual(events);
    expect([...(await storedEvents())]).toEqual(events);
  });

  test("returns nothing without events", async () => {
    expect(await insert([])).toEqual([]);
  });

  test("returns only the new events", async () => {
    const [before, fresh] = [sampleReceivedEvent(), sampleReceivedEvent()];
    await insert([before]);
    expect(await insert([before, fresh])).toEqual([fresh]);
    expect(await insert([before, fresh])).toEqual([]);
    expect(await storedEvents()).toHaveLength(2);
  });

  test("keeps the first content of an id", async () => {
    const first = sampleReceivedEvent({ path: "/first" });
    await insert([first]);
    expect(await insert([{ ...first, path: "/second" }])).toEqual([]);
    expect([...(await storedEvents())]).toEqual([first]);
  });

  test("stores the same id of two sites as two events", async () => {
    const event = sampleReceivedEvent({ siteId: "a" });
    expect(await insert([event, { ...event, siteId: "b" }])).toHaveLength(2);
  });

  test("returns each event to one of concurrent transactions", async () => {
    const events = Array.from({ length: 200 }, () => sampleReceivedEvent());
    const returned = await Promise.all(
      Array.from({ length: 6 }, async (_, turn) => await insert(events.slice(turn * 10))),
    );
    const ids = returned.flat().map(({ eventId }) => eventId);
    expect(ids).toHaveLength(200);
    expect(new Set(ids).size).toBe(200);
    expect(await storedEvents()).toHaveLength(200);
  });

  test("stores nothing when its transaction fails later", async () => {
    const failed = testDatabase.database.transaction(DEADLINE_MS, async (tx) => {
      await insertEvents(tx, [sampleReceivedEvent()]);
      throw new Error("later");
    });
    expect(await rejectionOf(failed)).toEqual(new Error("later"));
    expect(await storedEvents()).toEqual([]);
  });

  test("stores more values than a statement has parameters", async () => {
    const events = Array.from({ length: 20_000 }, () => sampleReceivedEvent());
    expect(await insert(events)).toHaveLength(20_000);
  }, 30_000);

  test("stores any accepted event byte for byte", async () => {
    const batch = fc.array(fc.record({ event: acceptedEvent(), receivedAt: acceptedTimestamp() }), {
      minLength: 1,
      maxLength: 20,
    });
    const property = fc.asyncProperty(batch, async (sent) => {
      await testDatabase.sql`TRUNCATE events`;
      const events = distinctInOrder(
        sent.map(({ event, receivedAt }) => ({ ...event, receivedAt })),
      );
      expect(await insert(events)).toEqual(events);
      const stored = distinctInOrder(await storedEvents());
      expect(withParsedProperties(stored)).toEqual(withParsedProperties(events));
      expect(await insert(events)).toEqual([]);
    });
    await fc.assert(property, { numRuns: 60 });
  }, 60_000);

  test("stores incompressible keys at their limits", async () => {
    const noise = fc.string({ unit: "binary", minLength: 2_048, maxLength: 2_048 });
    const [text = ""] = fc.sample(noise, { numRuns: 1, seed: 7 });
    const fill = (bytesMax: number) => {
      let bytes = 0;
      const fits = Array.from(text.replaceAll("\0", "0")).filter((character) => {
        bytes += Buffer.byteLength(character);
        return bytes <= bytesMax;
      });
      return fits.join("");
    };
    const event = sampleReceivedEvent({
      siteId: fill(128),
      eventType: fill(64),
      path: fill(2_048),
      userId: fill(256),
    });
    expect(await insert([event])).toEqual([event]);
    expect([...(await storedEvents())]).toEqual([event]);
  });
});
