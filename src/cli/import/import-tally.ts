import type { AnalyticsEvent } from "../../event/event.ts";
import type { LineOutcome, SkippedLine, SkipReason } from "../../importers/line-event.ts";
import type { PageCategory } from "../../importers/page-category.ts";

/** How many skipped lines are remembered one by one; the others are counted only. */
const FIRST_SKIPPED_MAX = 5;

/** What an import has done so far. Its size is bounded by the number of days in the log. */
export class ImportTally {
  linesRead = 0;
  eventsAccepted = 0;
  /** Events whose user agent lacks its closing quote, and the number of the first line. */
  linesCut = 0;
  firstCut: number | undefined;
  /** Events whose visitor the log names by host name. */
  hostNames = 0;
  /** Requests by what they are, whether they became events or were left out. */
  readonly categories = new Map<PageCategory, number>();
  linesLeftOut = 0;
  /** Lines that tell about the log itself. */
  directives = 0;
  /** The number of the last line if it has not ended, and so was not read. */
  unfinishedLine: number | undefined;
  /** The name of the format that the lines were read as; undefined when none fits. */
  format: string | undefined;
  readonly eventsByDay = new Map<string, number>();
  readonly skippedByReason = new Map<SkipReason, number>();
  readonly firstSkipped: SkippedLine[] = [];

  /** Counts what became of a line. */
  read(outcome: LineOutcome): void {
    this.linesRead += 1;
    switch (outcome.kind) {
      case "event":
        increment(this.categories, outcome.category);
        if (outcome.isHostName) this.hostNames += 1;
        if (outcome.isCut) {
          this.linesCut += 1;
          this.firstCut ??= outcome.number;
        }
        break;
      case "left-out":
        increment(this.categories, outcome.category);
        this.linesLeftOut += 1;
        break;
      case "directive":
        this.directives += 1;
        break;
      case "skipped":
        increment(this.skippedByReason, outcome.reason);
        if (this.firstSkipped.length < FIRST_SKIPPED_MAX) this.firstSkipped.push(outcome);
    }
  }

  /** Counts events that the stream has accepted, under their UTC days. */
  accept(events: readonly AnalyticsEvent[]): void {
    this.eventsAccepted += events.length;
    for (const { timestamp } of events) increment(this.eventsByDay, timestamp.slice(0, 10));
  }

  get linesSkipped(): number {
    return [...this.skippedByReason.values()].reduce((sum, count) => sum + count, 0);
  }

  /**
   * Whether the log has lines and not one of them was understood. A request without a path is: a scan of
   * a port leaves such lines.
   */
  get understoodNothing(): boolean {
    const empty = this.skippedByReason.get("empty") ?? 0;
    const pathless = this.skippedByReason.get("without a path in the request") ?? 0;
    return this.linesSkipped > empty && this.categories.size === 0 && pathless === 0;
  }
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
