import fc from "fast-check";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import {
  ENGAGED_MS_MAX,
  EVENT_TYPE_BYTES_MAX,
  HOSTNAME_BYTES_MAX,
  LABEL_BYTES_MAX,
  PATH_BYTES_MAX,
  REFERRER_BYTES_MAX,
  SITE_ID_BYTES_MAX,
  TITLE_BYTES_MAX,
  USER_ID_BYTES_MAX,
} from "../../src/event/limits.ts";

/** Texts that a layer between HTTP and a table may misinterpret. */
const STRANGE_TEXTS = [
  "NULL",
  "null",
  "{}",
  '{"a",NULL}',
  "a,b",
  '"',
  "\\",
  '\\"',
  "\\\\",
  "'); DROP TABLE events; --",
  "$1",
  "\r\n*3\r\n$3\r\nDEL\r\n",
  "\ufeffbyte order mark",
  "\u007f\u0080\u009b",
  "\u2028\u2029",
  "e\u0301 and é",
  "😀👩‍👩‍👧",
  " leading and trailing ",
  "\t\n\u000b",
  "\uffff\ufffd",
  "__proto__",
  "0",
];

/** Generates texts that are valid in a field of at most `bytesMax` bytes. */
export function acceptedText(bytesMax: number): fc.Arbitrary<string> {
  const strange = STRANGE_TEXTS.filter((text) => Buffer.byteLength(text) <= bytesMax);
  const anyText = fc
    .string({ unit: "binary", minLength: 1, maxLength: bytesMax })
    .map((text) => withinBytes(text.replaceAll("\0", "0"), bytesMax));
  return fc.oneof(fc.constantFrom(...strange), anyText);
}

/** Generates valid events, most with some of the optional fields. */
export function acceptedEvent(): fc.Arbitrary<AnalyticsEvent> {
  return fc.record(
    {
      eventId: fc.uuid(),
      siteId: acceptedText(SITE_ID_BYTES_MAX),
      eventType: acceptedText(EVENT_TYPE_BYTES_MAX),
      path: acceptedText(PATH_BYTES_MAX),
      userId: acceptedText(USER_ID_BYTES_MAX),
      timestamp: acceptedTimestamp(),
      hostname: acceptedText(HOSTNAME_BYTES_MAX),
      referrer: acceptedText(REFERRER_BYTES_MAX),
      utmSource: acceptedText(LABEL_BYTES_MAX),
      title: acceptedText(TITLE_BYTES_MAX),
      screen: fc.constantFrom("1920x1080", "0x0"),
      country: fc.constantFrom("DE", "US"),
      sessionId: acceptedText(USER_ID_BYTES_MAX),
      properties: acceptedProperties(),
      engagedMs: fc.integer({ min: 0, max: ENGAGED_MS_MAX }).map(String),
      visitor: fc.constant("daily"),
    },
    { requiredKeys: ["eventId", "siteId", "eventType", "path", "userId", "timestamp"] },
  );
}

/** Generates the JSON of `properties` that have none to leave out. */
function acceptedProperties(): fc.Arbitrary<string> {
  const value = fc.oneof(
    acceptedText(60),
    fc.integer(),
    fc.boolean(),
    fc.constantFrom(null, "", 0.5),
  );
  return fc
    .dictionary(acceptedText(20), value, { maxKeys: 8, noNullPrototype: true })
    .map((properties) => JSON.stringify(properties));
}

/**
 * Generates events that share rollup rows: few sites, days, paths and users, and repeated ids. The id determines the other
 * fields, because a client repeats an event with its id.
 */
export function crowdedEvent(): fc.Arbitrary<AnalyticsEvent> {
  return fc
    .record({ number: fc.nat(30), siteId: fc.constantFrom("a", "b", "a\u0001") })
    .map(({ number, siteId }) => ({
      eventId: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
      siteId,
      eventType: "page_view",
      path: `/${number % 4}`,
      userId: `user-${number % 5}`,
      timestamp: `2026-01-${14 + (number % 3)}T12:00:00.000Z`,
    }));
}

/** Generates valid past instants in canonical form. */
export function acceptedTimestamp(): fc.Arbitrary<string> {
  return fc
    .date({
      min: new Date("2000-01-01T00:00:00.000Z"),
      max: new Date("2025-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    })
    .map((date) => date.toISOString());
}

/** Returns the longest prefix that fits, cut between code points; never empty. */
function withinBytes(text: string, bytesMax: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > bytesMax) break;
    end += character.length;
  }
  return text.slice(0, end);
}
