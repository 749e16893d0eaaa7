import { LOCALE, words } from "../words/words.ts";

const regions = new Intl.DisplayNames(LOCALE, { type: "region", fallback: "none" });
const languages = new Intl.DisplayNames(LOCALE, { type: "language", fallback: "none" });

const NAMED: ReadonlySet<string> = new Set([
  "visit:country",
  "visit:language",
  "visit:screen",
  "visit:device",
  "visit:channel",
]);

/** Returns how a value of a dimension is written for people. */
export function valueName(dimension: string, value: string): string {
  if (value === "") return words.none;
  switch (dimension) {
    case "visit:country":
      return nameIn(regions, value);
    case "visit:language":
      return nameIn(languages, value);
    case "visit:screen":
      return value.replace(/^(\d+)x(\d+)$/, "$1 × $2");
    case "visit:device":
    case "visit:channel":
      return words.values[value.toLowerCase()] ?? value;
    default:
      return value;
  }
}

/** Whether values of a dimension are shown under other names than they are stored under. */
export function hasNames(dimension: string): boolean {
  return NAMED.has(dimension);
}

/** Whether a part of what is shown for a value is `text`, whatever the case. */
export function isNamedLike(dimension: string, value: string, text: string): boolean {
  return lowerCase(valueName(dimension, value)).includes(lowerCase(text));
}

function lowerCase(text: string): string {
  return text.toLocaleLowerCase(LOCALE);
}

function nameIn(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    // Any text may be stored.
    return code;
  }
}
