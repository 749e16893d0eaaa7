import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  carriedReceivedMs,
  decodeEntry,
  encodeEntry,
  entryFields,
  RECEIVED_FIELD,
} from "../../src/event/entry-codec.ts";
import { CORE_FIELDS } from "../../src/event/event.ts";
import { acceptedEvent } from "../support/arbitraries.ts";
import { sampleEvent } from "../support/sample-event.ts";

const NOW_MS = Date.parse("2026-01-15T10:00:00.000Z");
const HOUR_MS = 3_600_000;
const NAMES = CORE_FIELDS.map(({ name }) => name);

/** The fields of a valid entry, with one of them replaced, or left out when its value is undefined. */
function entryWith(name: string, value: string | undefined): string[] {
  const fields: Record<string, string | undefined> = entryFields(encodeEntry(sampleEvent()));
  fields[name] = value;
  return Object.entries(fields).flatMap(([key, text]) => (text === undefined ? [] : [key, text]));
}

/** The names of the fields that make an entry invalid; empty when it is valid. */
function invalidFields(flatFields: readonly string[]): readonly string[] {
  const decoded = decodeEntry(flatFields, NOW_MS);
  return decoded.kind === "invalid" ? Object.keys(decoded.fields).toSorted() : [];
}

describe("an entry", () => {
  const names = [...NAMES, "optional"];

  test("has the same fields whatever the event has", () => {
    const event = sampleEvent();
    const { eventId, siteId, eventType, path, userId, timestamp } = event;
    const values = [eventId, siteId, eventType, path, userId, timestamp, ""];
    expect(encodeEntry(event)).toEqual(names.flatMap((name, i) => [name, values[i] ?? ""]));
  });

  test("has the optional fields as one JSON object", () => {
    const event = sampleEvent({ title: '"A"', utmSource: "é", properties: '{"a":1}' });
    const optional = encodeEntry(event).at(-1) ?? "";
    expect(JSON.parse(optional)).toEqual({ utm_source: "é", title: '"A"', properties: { a: 1 } });
  });
});

test("the time of receipt is found in an entry of any fields", () => {
  const received = [RECEIVED_FIELD, "1768469400000"];
  const flatFields = encodeEntry(sampleEvent());
  expect(carriedReceivedMs(flatFields)).toBeUndefined();
  expect(carriedReceivedMs([...flatFields, ...received])).toBe(1_768_469_400_000);
  // As a binary with one field less wrote it: as long as an entry without the time.
  expect(carriedReceivedMs([...flatFields.slice(0, -2), ...received])).toBe(1_768_469_400_000);
});

describe("decoding an entry", () => {
  test("returns the event that was encoded", () => {
    fc.assert(
      fc.property(acceptedEvent(), (event) => {
        expect(decodeEntry(encodeEntry(event), NOW_MS)).toEqual({ kind: "event", event });
      }),
    );
  });

  test("finds the fields in any order, with others between", () => {
    const event = sampleEvent();
    const fields = Object.entries(entryFields(encodeEntry(event))).toReversed();
    const flatFields = ["extra", "1", ...fields.flat(), "__proto__", "2", "constructor", "3"];
    expect(decodeEntry(flatFields, NOW_MS)).toMatchObject({ kind: "event", event });
  });

  test("takes the last value of a repeated field", () => {
    const flatFields = [...encodeEntry(sampleEvent({ path: "/first" })), "path", "/last"];
    expect(decodeEntry(flatFields, NOW_MS)).toMatchObject({ event: { path: "/last" } });
  });

  test("returns an upper-case id in lower case", () => {
    const id = "9B2F7C1E-8A54-4F0E-9A3B-0D1C2E3F4A5B";
    const decoded = decodeEntry(entryWith("event_id", id), NOW_MS);
    expect(decoded).toMatchObject({ event: { eventId: id.toLowerCase() } });
  });

  test("allows a timestamp 48 hours ahead", () => {
    const refused = [24, 48, 49].map((hours) =>
      invalidFields(entryWith("timestamp", new Date(NOW_MS + hours * HOUR_MS).toISOString())),
    );
    expect(refused).toEqual([[], [], ["timestamp"]]);
  });

  const bad: readonly (string | undefined)[] = [undefined, "", "a\0b"];
  for (const value of bad) {
    test.each(NAMES)(`refuses ${JSON.stringify(value) ?? "no value"} in %s`, (name) => {
      expect(invalidFields(entryWith(name, value))).toEqual([name]);
    });
  }

  test("reads an entry from before the optional fields", () => {
    const event = sampleEvent();
    const flatFields = encodeEntry(event).slice(0, -2);
    expect(decodeEntry(flatFields, NOW_MS)).toEqual({ kind: "event", event });
  });

  test("finds optional fields that another program wrote one by one", () => {
    const event = sampleEvent();
    const flatFields = [...encodeEntry(event), "title", "Pricing", "properties", '{"a":1}'];
    expect(decodeEntry(flatFields, NOW_MS)).toMatchObject({
      event: { title: "Pricing", properties: '{"a":1}' },
    });
  });

  test.each(["{", "[]", "1", "null", "{}x"])("refuses %j as the optional fields", (optional) => {
    expect(invalidFields(entryWith("optional", optional))).toEqual(["optional"]);
  });

  test("lets the optional fields replace no other", () => {
    const optional = JSON.stringify({ path: "/other", title: "Pricing" });
    expect(decodeEntry(entryWith("optional", optional), NOW_MS)).toMatchObject({
      event: { path: "/pricing", title: "Pricing" },
    });
  });

  test("refuses an id that is not a UUID", () => {
    expect(decodeEntry(entryWith("event_id", "order-1001-paid"), NOW_MS)).toMatchObject({
      kind: "invalid",
      fields: { event_id: expect.stringContaining("Expected event_id to be a UUID") },
    });
  });

  test("names every problem at once", () => {
    const names = ["event_id", "event_type", "site_id", "timestamp", "user_id"];
    expect(invalidFields(["site_id", "", "path", "/"])).toEqual(names);
  });

  test("refuses garbage and never throws", () => {
    const name = fc.oneof(
      fc.constantFrom("event_id", "site_id", "path", "timestamp", "__proto__", "toString", ""),
      fc.string({ unit: "binary" }),
    );
    const garbage = fc.array(fc.oneof(name, fc.string({ unit: "binary" })), { maxLength: 30 });
    fc.assert(
      fc.property(garbage, (flatFields) => {
        expect(decodeEntry(flatFields, NOW_MS).kind).toBe("invalid");
      }),
    );
  });
});
