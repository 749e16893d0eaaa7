import type { Only } from "../../importers/line-event.ts";
import { OTHER_CATEGORIES } from "../../importers/page-category.ts";
import { count } from "../plain-text.ts";
import type { ImportTally } from "./import-tally.ts";
import type { StoreOutcome } from "./wait-until-stored.ts";

/** More days than these are summed up in one line. */
const DAYS_LISTED_MAX = 31;

/** What the report says besides the numbers. */
export interface ImportReportOptions {
  readonly sourceName: string;
  readonly siteId: string;
  readonly apiPort: number;
  readonly only: Only;
  readonly storing: StoreOutcome | "not-waited";
}

/** The end of an import as text for a person: what was read, accepted, left out and skipped, and what to do next. */
export function importReport(tally: ImportTally, options: ImportReportOptions): string {
  const { sourceName, siteId, storing } = options;
  const format = tally.format === undefined ? "" : ` in the ${tally.format} log format`;
  return [
    `Read ${count(tally.linesRead, "line")} of ${sourceName}${format}.`,
    `Accepted ${count(tally.eventsAccepted, "event")} for site ${siteId}.`,
    ...categoryLines(tally, options),
    ...remarkLines(tally),
    ...unfinishedLines(tally),
    ...skippedLines(tally),
    ...dayLines(tally),
    ...(tally.eventsAccepted === 0 ? [] : [storedLine(storing), ...nextLines(tally, options)]),
  ].join("\n");
}

function categoryLines({ categories }: ImportTally, { only }: ImportReportOptions): string[] {
  const parts = OTHER_CATEGORIES.map(
    (category) => [category, categories.get(category) ?? 0] as const,
  );
  const total = parts.reduce((sum, [, requests]) => sum + requests, 0);
  if (total === 0) return [];
  const listed = parts
    .filter(([, requests]) => requests > 0)
    .map(([category, requests]) => count(requests, category))
    .join(", ");
  return only === "pages"
    ? [`Left out ${count(total, "line")} (--only pages): ${listed}.`]
    : [`Of these, ${listed}; --only pages leaves such lines out.`];
}

function remarkLines({ linesCut, firstCut, hostNames }: ImportTally): string[] {
  const lines: string[] = [];
  if (linesCut > 0) {
    const where = linesCut === 1 ? `line ${firstCut}` : `the first is line ${firstCut}`;
    lines.push(
      `Of these, ${count(linesCut, "event")} came from a line whose user agent is cut (${where}).`,
    );
  }
  if (hostNames > 0) {
    const events = count(hostNames, "event");
    lines.push(`Of these, ${events} came from a visitor whom the log names by host name.`);
  }
  return lines;
}

function unfinishedLines({ unfinishedLine }: ImportTally): string[] {
  if (unfinishedLine === undefined) return [];
  return [
    `Left line ${unfinishedLine} for the next import: it has no newline yet. If the log is complete, import it again with --complete.`,
  ];
}

function skippedLines(tally: ImportTally): string[] {
  if (tally.linesSkipped === 0) return [];
  const reasons = [...tally.skippedByReason].toSorted(([, a], [, b]) => b - a);
  return [
    `Skipped ${count(tally.linesSkipped, "line")}:`,
    ...reasons.map(([reason, lines]) => `  ${lines.toLocaleString("en-US")} ${reason}`),
    tally.linesSkipped > tally.firstSkipped.length ? "The first of them:" : "These are:",
    ...tally.firstSkipped.map(
      ({ number, reason, why }) => `  line ${number}: ${reason}${why === "" ? "" : `: ${why}`}`,
    ),
  ];
}

function dayLines({ eventsByDay }: ImportTally): string[] {
  const days = [...eventsByDay].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const first = days[0]?.[0];
  if (first === undefined) return [];
  const covered = `Covers ${count(days.length, "day")} (UTC)`;
  if (days.length > DAYS_LISTED_MAX) return [`${covered}, ${first} to ${days.at(-1)?.[0]}.`];
  return [`${covered}:`, ...days.map(([day, events]) => `  ${day}  ${count(events, "event")}`)];
}

function storedLine(storing: ImportReportOptions["storing"]): string {
  switch (storing) {
    case "stored":
      return "The consumers have finished all of them. What had been imported before counts once.";
    case "standstill":
      return "The consumers stand still: the events are safe in the stream and will be stored when consumers run.";
    case "not-waited":
      return "The events are safe in the stream; the consumers store them meanwhile.";
  }
}

function nextLines(
  { eventsByDay }: ImportTally,
  { siteId, apiPort }: ImportReportOptions,
): string[] {
  const [busiest] = [...eventsByDay].toSorted(([, a], [, b]) => b - a);
  if (busiest === undefined) return [];
  // An apostrophe is legal in a URL and would end the shell's quotes.
  const site = encodeURIComponent(siteId).replaceAll("'", "%27");
  return [
    "The busiest day:",
    `  curl 'http://localhost:${apiPort}/stats?site_id=${site}&date=${busiest[0]}'`,
  ];
}
