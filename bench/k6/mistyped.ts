import { SETTINGS, type SettingName } from "./setting-kinds.ts";

export interface Mistyped {
  readonly name: string;
  readonly meant: SettingName;
}

/** From this length on a name may differ by two letters. */
const LONG_NAME_LETTERS = 10;

/**
 * Finds variables whose names resemble a setting that is not set. In a short name a replaced letter makes another word (`DATE`
 * is not `RATE`), so only a missing, added or moved letter counts.
 */
export function mistypedSettings(
  env: Readonly<Record<string, string | undefined>>,
): readonly Mistyped[] {
  return Object.keys(env).flatMap((name) => {
    if (!env[name] || SETTINGS.some((known) => known === name)) return [];
    const meant = SETTINGS.find((known) => !env[known] && resembles(name.toUpperCase(), known));
    return meant === undefined ? [] : [{ name, meant }];
  });
}

function resembles(name: string, known: string): boolean {
  if (sorted(name) === sorted(known)) return true;
  if (known.length >= LONG_NAME_LETTERS) return distance(name, known) <= 2;
  const isShort = known.length < 6;
  return distance(name, known) <= 1 && !(isShort && name.length === known.length);
}

/** Returns the Levenshtein distance. Written out because k6 has no access to npm packages. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
  }
  return row[b.length] ?? 0;
}

function sorted(name: string): string {
  return name.split("").toSorted().join("");
}
