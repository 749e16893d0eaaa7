import type { Only } from "../../importers/line-event.ts";
import { OTHER_CATEGORIES } from "../../importers/page-category.ts";
import type { StoreOutcome } from "../../stream/inspect/wait-until-stored.ts";
import { count } from "../text.ts";
import type { ImportTally } from "./import-tally.ts";

/** More days than this are summarised in one line. */
const DAYS_LISTED_MAX = 31;

export interface ImportReportOptions {
  readonly sourceName: string;
  /** Undefined for events of their own sites. */
  readonly siteId: string | undefined;
  /** Null for an engine without an API. */
  readonly apiUrl: string | null;
  readonly only: Only;
  readonly storing: StoreOutcome | "not-waited";
}

/** Reports a finished import as lines: what was read, accepted, left out and skipped, and what to do next. */
export function importReport(tally: ImportTally, options: ImportReportOptions): readonly string[] {
  const { sourceName, siteId, storing } = options;
  const format = tally.format === undefined ? "" : ` in the ${tally.format} format`;
  return [
    `Read ${count(tally.linesRead, "line")} of ${sourceName}${format}.`,
    `Accepted ${count(tally.eventsAccepted, "event")}${siteId === undefined ? "" : ` for site ${siteId}`}.`,
    ...categoryLines(tally, options),
    ...remarkLines(tally),
    ...unfinishedLines(tally),
    ...skippedLines(tally),
    ...dayLines(tally),
    ...(tally.eventsAccepted === 0 ? [] : [storedLine(storing), ...nextLines(tally, options)]),
  ];
}

function categoryLines({ categories }: ImportTally, { only }: ImportReportOptions): string[] {
  const parts = OTHER_CATEGORIES.flatMap((category) => {
    const requests = categories.get(category) ?? 0;
    return requests === 0 ? [] : [{ requests, text: count(requests, category) }];
  });
  if (parts.length === 0) return [];
  const total = parts.reduce((sum, { requests }) => sum + requests, 0);
  const listed = parts.map(({ text }) => text).join(", ");
  return only === "pages"
    ? [`Left out ${count(total, "line")} (--only pages): ${listed}.`]
    : [`These include ${listed}; --only pages leaves them out.`];
}

function remarkLines({ linesCut, firstCut, hostNames, leftOut }: ImportTally): string[] {
  const lines: string[] = [];
  if (linesCut > 0) {
    const where = linesCut === 1 ? `line ${firstCut}` : `first in line ${firstCut}`;
    lines.push(`In ${count(linesCut, "event")} the user agent is cut off (${where}).`);
  }
  if (hostNames > 0) {
    lines.push(`In ${count(hostNames, "event")} the visitor is a host name, not an address.`);
  }
  for (const [field, { events, firstLine, firstProblem }] of leftOut) {
    const where = events === 1 ? `line ${firstLine}` : `first in line ${firstLine}`;
    lines.push(`Left ${field} out of ${count(events, "event")} (${where}): ${firstProblem}.`);
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
      return "The consumers have processed all of them. Events imported before count once.";
    case "standstill":
      return "No consumer is storing events at the moment: they are safe in the stream until consumers run.";
    case "not-waited":
      return "The events are safe in the stream; consumers store them from there.";
  }
}

function nextLines(
  { eventsByDay }: ImportTally,
  { siteId, apiUrl }: ImportReportOptions,
): string[] {
  const [busiest] = [...eventsByDay].toSorted(([, a], [, b]) => b - a);
  if (busiest === undefined || apiUrl === null || siteId === undefined) return [];
  // An apostrophe is legal in a URL but would end the shell's quotes.
  const site = encodeURIComponent(siteId).replaceAll("'", "%27");
  return ["The busiest day:", `  curl '${apiUrl}/stats?site_id=${site}&date=${busiest[0]}'`];
}
