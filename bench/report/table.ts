import type { Summary } from "../measure/summary.ts";
import { type Finding, type Line, verdictOf } from "./finding.ts";

const HEAD = [
  "figure",
  "engine, median (min–max)",
  "against",
  "its median (min–max)",
  "ratio (min–max)",
  "line",
  "reached",
] as const;

/** Returns the findings as a Markdown table with aligned columns. */
export function tableOf(findings: readonly Finding[]): string {
  return alignedTable([HEAD, ...findings.map(rowOf)]);
}

/** Returns rows as a Markdown table; the first is the header. */
export function alignedTable(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const lineOf = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [lineOf(head), rule, ...rows.slice(1).map(lineOf)].join("\n");
}

function rowOf(finding: Finding): readonly string[] {
  const { engine, baseline, ratio, reached } = verdictOf(finding);
  const { what, unit, line } = finding;
  return [
    what,
    `${spread(engine)} ${unit}`,
    finding.baseline?.name ?? "",
    baseline === undefined ? "" : `${spread(baseline)} ${unit}`,
    ratio === undefined ? "" : spread(ratio),
    line === undefined ? "" : lineText(line, unit),
    reached === undefined ? "" : reached ? "yes" : "NO",
  ];
}

function lineText({ of, bound, limit }: Line, unit: string): string {
  return `${bound} ${number(limit)}${of === "value" ? ` ${unit}` : ""}`;
}

function spread({ median, min, max }: Summary): string {
  return min === max ? number(median) : `${number(median)} (${number(min)}–${number(max)})`;
}

/** Rounds to three significant digits. */
function number(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en");
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
