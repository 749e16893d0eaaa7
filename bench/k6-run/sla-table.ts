import { milliseconds } from "../k6/reasons.ts";
import type { PartResult, Result } from "../k6/result.ts";
import { alignedTable } from "../report/table.ts";

const BEGIN = "<!-- What this machine holds: written by `bun run bench:k6 --all` -->";
const END = "<!-- end -->";

const HEAD = ["script", "load", "p50", "p95", "p99", "lag, p95", "accepted", "stored", "limits"];

/** Returns the results of all scripts as a Markdown table, one row for each part of a script. */
export function slaTable(results: readonly Result[]): string {
  return alignedTable([HEAD, ...results.flatMap(rowsOf)]);
}

/** Returns the document with another text between its marks. */
export function withSla(document: string, text: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`Expected the lines ${BEGIN} and ${END}`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${document.slice(end)}`;
}

function rowsOf(result: Result): readonly (readonly string[])[] {
  const { script, accepted, stored, reasons } = result;
  const counts = [accepted.toLocaleString("en"), stored.toLocaleString("en")];
  return partsOf(result).map((part, index) => {
    const isFirst = index === 0;
    const problems = [...part.reasons, ...(isFirst ? reasons : [])];
    const { p50, p95, p99 } = part.latencyMs;
    return [
      isFirst ? `\`${script}\`` : "",
      loadOf(result, part),
      ...[p50, p95, p99].map(milliseconds),
      part.lagMs === undefined ? "" : milliseconds(part.lagMs),
      ...(isFirst ? counts : ["", ""]),
      problems.length === 0 ? "held" : `EXCEEDED: ${problems.join("; ")}`,
    ];
  });
}

/** Of a search for the highest rate, only that rate is worth a row, or the lowest if none held. */
function partsOf({ script, parts }: Result): readonly PartResult[] {
  if (script !== "ingest-stress") return parts;
  const broken = parts.findIndex(({ outcome }) => outcome !== "held");
  return parts.slice(0, broken === -1 ? parts.length : Math.max(1, broken)).slice(-1);
}

function loadOf({ script, parts }: Result, { scenario, sends, rate, seconds }: PartResult): string {
  const load = `${rate.toLocaleString("en")} ${sends}/s for ${seconds} s`;
  if (script === "ingest-stress") return `${load}, the highest rate that held`;
  return parts.length > 1 ? `${scenario}: ${load}` : load;
}
