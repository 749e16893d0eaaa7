import { toUnicode } from "./log-escape.ts";
import { withoutPrefix } from "./log-prefix.ts";

export type JsonFields = Readonly<Record<string, unknown>>;

/** `rawText` has one byte per character. */
export function parseJsonLine(rawText: string): JsonFields | undefined {
  const text = withoutPrefix(rawText);
  if (!text.startsWith("{")) return undefined;
  try {
    return asFields(JSON.parse(toUnicode(text)));
  } catch {
    return undefined;
  }
}

export function asFields(value: unknown): JsonFields | undefined {
  return isFields(value) ? value : undefined;
}

function isFields(value: unknown): value is JsonFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function textOf(fields: JsonFields, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "string") return value;
    if (typeof value === "number") return String(value);
  }
  return undefined;
}

/** Returns a user agent as the combined format writes it: one byte per character, `-` when empty. */
export function agentOf(text: string | undefined): string | undefined {
  if (text === "") return "-";
  return text === undefined ? undefined : Buffer.from(text).toString("latin1");
}
