import { describeValue } from "./describe-value.ts";
import type { FieldType } from "./field-type.ts";
import { EVENT_ID_CHARACTERS_MAX } from "./limits.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** For UUIDv5 (RFC 9562, 5.5). Must never change. */
const NAMESPACE = "2c6a1a1e-9d0b-4f6e-8f5b-6f0a4a1d7c55";

const UTF16_UNITS_PER_CHARACTER_MAX = 2;

/** A client's idempotency key; `eventIdOf` returns the UUID that is stored. */
export const eventKeyType: FieldType = {
  sql: "uuid",
  schema: { type: "string", minLength: 1, maxLength: EVENT_ID_CHARACTERS_MAX },
  parse: (value) => (isEventKey(value) ? value : undefined),
  problem: (_, value) => eventIdProblem(value) ?? "",
};

export function isUuid(text: string): boolean {
  return text.length === 36 && UUID.test(text);
}

/** Returns a UUID in lower case; for any other key, the UUIDv5 of site, NUL and key. */
export function eventIdOf(siteId: string, key: string): string {
  return isUuid(key) ? key.toLowerCase() : Bun.randomUUIDv5(`${siteId}\0${key}`, NAMESPACE);
}

export function isEventKey(value: unknown): value is string {
  return eventIdProblem(value) === undefined;
}

export function eventIdProblem(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "") {
    return `Expected event_id to be a string of 1 to ${EVENT_ID_CHARACTERS_MAX} characters, or absent, got ${describeValue(value)}`;
  }
  if (value.length > EVENT_ID_CHARACTERS_MAX) {
    const characters = charactersOf(value);
    if (characters === undefined || characters > EVENT_ID_CHARACTERS_MAX) {
      return `Expected event_id to be at most ${EVENT_ID_CHARACTERS_MAX} characters, got ${characters ?? "many more"}`;
    }
  }
  if (value.includes("\0") || !value.isWellFormed()) {
    return `Expected event_id to be well-formed Unicode without NUL characters, got ${describeValue(value)}`;
  }
  return undefined;
}

function charactersOf(text: string): number | undefined {
  const isTooLong = text.length > EVENT_ID_CHARACTERS_MAX * UTF16_UNITS_PER_CHARACTER_MAX;
  return isTooLong ? undefined : Array.from(text).length;
}
