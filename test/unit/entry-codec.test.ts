import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  decodeEntry,
  ENTRY_FIELDS,
  encodeEntry,
  entryFields,
} from "../../src/event/entry-codec.ts";
import { acceptedEvent } from "../support/arbitraries.ts";
import { sampleEvent } from "../support/sample-event.ts";

const NOW_MS = Date.parse("2026-01-15T10:00:00.000Z");
const HOUR_MS = 3_600_000;

/** The fields of a valid entry, with one of them replaced, or left out when its value is undefined. */
function entryWith(name: string, value: string | undefined): string[] {
  const fields: Record<string, string | undefined> = entryFields(encodeEntry(sampleEvent()));
  fields[name] = value;
  return Object.entries(fields).flatMap(([key, text]) => (text === undefined ? [] : [key, text]));
}

describe("encodeEntry", () => {
  test("encodeEntry answers the six flat fields of the design when given an event", () => {
    const event = sampleEvent();
    const flatFields = encodeEntry(event);
    expect(flatFields).toHaveLength(2 * ENTRY_FIELDS.length);
    expect(entryFields(flatFields)).toEqual({
      event_id: event.eventId,
      site_id: event.siteId,
      event_type: event.eventType,
      path: event.path,
      user_id: event.userId,
      timestamp: event.timestamp,
    });
  });
});

describe("decodeEntry", () => {
  test("decodeEntry answers the same event when given what encodeEntry made of it", () => {
    fc.assert(
      fc.property(acceptedEvent(), (event) => {
        expect(decodeEntry(encodeEntry(event), NOW_MS)).toEqual({ kind: "event", event });
      }),
    );
  });

  test("decodeEntry answers the event when its fields come in another order with others between", () => {
    const event = sampleEvent();
    const fields = Object.entries(entryFields(encodeEntry(event))).toReversed();
    const flatFields = ["extra", "1", ...fields.flat(), "__proto__", "2", "constructor", "3"];
    expect(decodeEntry(flatFields, NOW_MS)).toEqual({ kind: "event", event });
  });

  test("decodeEntry takes the last value when a field comes twice", () => {
    const flatFields = [...encodeEntry(sampleEvent({ path: "/first" })), "path", "/last"];
    expect(decodeEntry(flatFields, NOW_MS)).toMatchObject({ event: { path: "/last" } });
  });

  test("decodeEntry answers a lower-case id when another program wrote it in upper case", () => {
    const id = "9B2F7C1E-8A54-4F0E-9A3B-0D1C2E3F4A5B";
    const decoded = decodeEntry(entryWith("event_id", id), NOW_MS);
    expect(decoded).toMatchObject({ event: { eventId: id.toLowerCase() } });
  });

  test("decodeEntry accepts what an ingest thread accepted when that thread's clock was ahead", () => {
    const kinds = [24, 48, 49].map((hours) => {
      const timestamp = new Date(NOW_MS + hours * HOUR_MS).toISOString();
      return decodeEntry(entryWith("timestamp", timestamp), NOW_MS).kind;
    });
    expect(kinds).toEqual(["event", "event", "invalid"]);
  });

  for (const name of ["event_id", "site_id", "event_type", "path", "user_id", "timestamp"]) {
    test(`decodeEntry refuses an entry when it has no ${name}`, () => {
      const decoded = decodeEntry(entryWith(name, undefined), NOW_MS);
      expect(decoded.kind === "invalid" && Object.keys(decoded.fields)).toEqual([name]);
    });
    test(`decodeEntry refuses an entry when its ${name} is empty`, () => {
      const decoded = decodeEntry(entryWith(name, ""), NOW_MS);
      expect(decoded.kind === "invalid" && Object.keys(decoded.fields)).toEqual([name]);
    });
    test(`decodeEntry refuses an entry when its ${name} has a NUL`, () => {
      const decoded = decodeEntry(entryWith(name, "a\0b"), NOW_MS);
      expect(decoded.kind === "invalid" && Object.keys(decoded.fields)).toEqual([name]);
    });
  }

  test("decodeEntry refuses a key that is no UUID when another program wrote it", () => {
    const decoded = decodeEntry(entryWith("event_id", "order-1001-paid"), NOW_MS);
    expect(decoded).toEqual({
      kind: "invalid",
      fields: { event_id: expect.stringContaining("Expected event_id to be a UUID") },
    });
  });

  test("decodeEntry names every problem when the id is not the only one", () => {
    const decoded = decodeEntry(["site_id", "", "path", "/"], NOW_MS);
    expect(decoded.kind === "invalid" && Object.keys(decoded.fields).toSorted()).toEqual([
      "event_id",
      "event_type",
      "site_id",
      "timestamp",
      "user_id",
    ]);
  });

  test("decodeEntry never throws when given garbage", () => {
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
