import { grouped, milliseconds } from "./reasons.ts";
import type { PartResult, Result } from "./result.ts";

const HEAD = ["", "offered", "accepted", "dropped", "p50", "p95", "p99", "lag", "failed"];

/** Returns what a run measured as a table, whether the accepted events are stored, and the limits that were exceeded. */
export function reportText(result: Result): string {
  const { parts, accepted, stored, reasons } = result;
  if (parts.every(({ outcome }) => outcome === "not run")) {
    return `\n${result.script}: nothing was measured.\n`;
  }
  // A search for the highest rate ends before the last one.
  const isSearch = result.script === "ingest-stress";
  const run = parts.filter(({ outcome }) => !isSearch || outcome !== "not run");
  const table = aligned([HEAD, ...run.map(rowOf)]);
  const problems = [...run.flatMap(problemsOf), ...reasons];
  const lines = [
    `${result.script}: ${result.held ? "all limits held" : "LIMITS EXCEEDED"}`,
    "",
    ...table,
    "",
    `${grouped(accepted)} events accepted, ${grouped(stored)} stored`,
    ...(isSearch ? [kneeOf(run)] : []),
    ...problems.map((problem) => `- ${problem}`),
  ];
  return `\n${lines.join("\n")}\n`;
}

/** Returns the highest rate up to which every step held. */
export function kneeOf(steps: readonly PartResult[]): string {
  const broken = steps.findIndex(({ outcome }) => outcome !== "held");
  const knee = steps[(broken === -1 ? steps.length : broken) - 1];
  if (broken !== -1 && steps[broken]?.outcome === "cut") {
    const { scenario } = steps[broken] ?? {};
    return `${scenario} is not judged; the limits held up to ${grouped(knee?.rate ?? 0)} events a second`;
  }
  if (knee === undefined) return "The limits broke at the lowest rate: begin with a lower RATE";
  const sentence = `The limits held up to ${grouped(knee.rate)} events a second`;
  return broken === -1 ? `${sentence}, the highest rate: raise RATE_MAX` : sentence;
}

function rowOf(part: PartResult): readonly string[] {
  const { p50, p95, p99 } = part.latencyMs;
  return [
    part.scenario,
    grouped(part.offered),
    grouped(part.accepted),
    grouped(part.dropped),
    ...(part.accepted === 0 ? ["-", "-", "-"] : [p50, p95, p99].map(milliseconds)),
    part.lagMs === undefined ? "-" : milliseconds(part.lagMs),
    failedText(part),
  ];
}

/** Returns counts by status, such as `12 × 503`. */
function failedText({ failed }: PartResult): string {
  const texts = Object.entries(failed).map(
    ([status, count]) => `${grouped(count)} × ${STATUS_WORDS[status] ?? status}`,
  );
  return texts.length === 0 ? "0" : texts.join(", ");
}

const STATUS_WORDS: Readonly<Record<string, string>> = {
  "0": "no response",
  "200": "200 without events",
  other: "another status",
};

function problemsOf(part: PartResult): readonly string[] {
  const { scenario, outcome, reasons, offered, planned } = part;
  if (outcome === "cut" || outcome === "not run") {
    const counts = `${grouped(offered)} of ${grouped(planned)} ${part.sends}`;
    return [`${scenario}: only ${counts} were sent: the run was interrupted, or k6 lacks CPU time`];
  }
  return reasons.map((reason) => `${scenario}: ${reason}`);
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = HEAD.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        // Names and lists start at the left, numbers end at the right.
        return column === 0 || column === HEAD.length - 1
          ? cell.padEnd(width)
          : cell.padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
