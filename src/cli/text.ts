import { DAY_MS } from "../event/day.ts";
import { printable } from "../log/printable.ts";

/** `1 line`, `10,000 lines`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}

/** `1.2 MiB`, in the unit that suits it. */
export function size(bytes: number): string {
  const units = ["KiB", "MiB", "GiB"] as const;
  const power = Math.min(Math.max(Math.floor(Math.log2(bytes) / 10), 1), units.length);
  return `${(bytes / 1_024 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** A duration in a unit that suits it: `48 ms`, `3.1 s`, `12 min`, `5.0 h`, `3.0 days`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 2 * DAY_MS) return `${(ms / 3_600_000).toFixed(1)} h`;
  return `${(ms / DAY_MS).toFixed(1)} days`;
}

/** Rows as lines with aligned columns. Control characters in cells are escaped. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const shown = rows.map((row) => row.map(printable));
  const columns = Math.max(0, ...shown.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...shown.map((row) => row[column]?.length ?? 0)),
  );
  return shown.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Text on one line, without control characters, cut to `charactersMax`. */
export function shortened(text: string, charactersMax: number): string {
  const shown = printable(text);
  return shown.length > charactersMax ? `${shown.slice(0, charactersMax)}…` : shown;
}
