import { toUnicode } from "./log-escape.ts";
import { withoutPrefix } from "./log-prefix.ts";

/** The fields of a JSON object, by name. */
export type JsonFields = Readonly<Record<string, unknown>>;

/** The object that a line holds; undefined when it holds none. `rawText` has one byte a character. */
export function parseJsonLine(rawText: string): JsonFields | undefined {
  const text = withoutPrefix(rawText);
  if (!text.startsWith("{")) return undefined;
  try {
    return asFields(JSON.parse(toUnicode(text)));
  } catch {
    return undefined;
  }
}

/** `value` if it is an object, and no list. */
export function asFields(value: unknown): JsonFields | undefined {
  return isFields(value) ? value : undefined;
}

function isFields(value: unknown): value is JsonFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The first of the named fields that holds text or a number, as text. */
export function textOf(fields: JsonFields, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "string") return value;
    if (typeof value === "number") return String(value);
  }
  return undefined;
}

/** Undefined when the field is not there, `-` when it is empty, as the combined format writes it. */
export function agentOf(text: string | undefined): string | undefined {
  if (text === "") return "-";
  return text === undefined ? undefined : Buffer.from(text).toString("latin1");
}

/** Undefined when `text` is not three digits. */
export function statusOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{3}$/.test(text) ? Number(text) : undefined;
}

/**
 * An instant since 1970 as ISO 8601: seconds, milliseconds, microseconds or nanoseconds, told apart by
 * their size, which holds from 1973 to 5138. Undefined when it is none of them.
 */
export function isoOfEpoch(number: number): string | undefined {
  const unit = [1e3, 1, 1e-3, 1e-6].find((factor) => number * factor < 1e14);
  // Decimal fractions of a second are no binary ones: .25 may be .2499999.
  const ms = Math.floor(number * (unit ?? Number.NaN) + 0.001);
  return number >= 1e8 && Number.isFinite(ms) ? new Date(ms).toISOString() : undefined;
}
