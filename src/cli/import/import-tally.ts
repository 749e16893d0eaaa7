import type { AnalyticsEvent } from "../../event/event.ts";
import type { SkipReason } from "./line-event.ts";

/** How many skipped lines are remembered one by one; the others are counted only. */
const FIRST_SKIPPED_MAX = 5;

/** A line that became no event, for a person to look at. */
export interface SkippedLine {
  readonly number: number;
  readonly reason: SkipReason;
  readonly why: string;
}

/** What an import has done so far. Its size is bounded by the number of days in the log. */
export class ImportTally {
  linesRead = 0;
  eventsAccepted = 0;
  /** Lines that became an event although their end is missing, and the number of the first. */
  linesCut = 0;
  firstCut: number | undefined;
  readonly eventsByDay = new Map<string, number>();
  readonly skippedByReason = new Map<SkipReason, number>();
  readonly firstSkipped: SkippedLine[] = [];

  /** Counts events that the stream has accepted, under their UTC days. */
  accept(events: readonly AnalyticsEvent[]): void {
    this.eventsAccepted += events.length;
    for (const { timestamp } of events) increment(this.eventsByDay, timestamp.slice(0, 10));
  }

  /** Counts a line that became no event. */
  skip(line: SkippedLine): void {
    increment(this.skippedByReason, line.reason);
    if (this.firstSkipped.length < FIRST_SKIPPED_MAX) this.firstSkipped.push(line);
  }

  /** Counts a line that became an event although its end is missing. */
  cut(lineNumber: number): void {
    this.linesCut += 1;
    this.firstCut ??= lineNumber;
  }

  get linesSkipped(): number {
    return [...this.skippedByReason.values()].reduce((sum, count) => sum + count, 0);
  }
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
