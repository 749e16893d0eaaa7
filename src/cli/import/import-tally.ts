import type { AnalyticsEvent } from "../../event/event.ts";
import type { FieldProblems } from "../../event/parse-event.ts";
import type { LineOutcome, SkippedLine, SkipReason } from "../../importers/line-event.ts";
import type { PageCategory } from "../../importers/page-category.ts";

/** Skipped lines kept for the report; further ones are only counted. */
const FIRST_SKIPPED_MAX = 5;

/** The progress of an import. Its size is bounded by the number of days in the log. */
export class ImportTally {
  linesRead = 0;
  eventsAccepted = 0;
  /** Header lines. */
  directives = 0;
  /** Events whose user agent lacks its closing quote, and the number of the first such line. */
  linesCut = 0;
  firstCut: number | undefined;
  /** Events whose visitor is logged by host name. */
  hostNames = 0;
  /** By optional field: events that go without it because of its value, and the first of them. */
  readonly leftOut = new Map<string, { events: number; firstLine: number; firstProblem: string }>();
  readonly categories = new Map<PageCategory, number>();
  /** The number of a last line without a newline that was not read. */
  unfinishedLine: number | undefined;
  format: string | undefined;
  readonly eventsByDay = new Map<string, number>();
  readonly skippedByReason = new Map<SkipReason, number>();
  readonly firstSkipped: SkippedLine[] = [];

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
        this.#leaveOut(outcome.number, outcome.leftOut);
        break;
      case "left-out":
        increment(this.categories, outcome.category);
        break;
      case "directive":
        this.directives += 1;
        break;
      case "skipped":
        increment(this.skippedByReason, outcome.reason);
        if (this.firstSkipped.length < FIRST_SKIPPED_MAX) this.firstSkipped.push(outcome);
    }
  }

  #leaveOut(line: number, problems: FieldProblems): void {
    for (const [field, problem] of Object.entries(problems)) {
      const first = { events: 0, firstLine: line, firstProblem: problem };
      const { events, ...others } = this.leftOut.get(field) ?? first;
      this.leftOut.set(field, { ...others, events: events + 1 });
    }
  }

  /** Counts events accepted by the stream, by UTC day. */
  accept(events: readonly AnalyticsEvent[]): void {
    this.eventsAccepted += events.length;
    for (const { timestamp } of events) increment(this.eventsByDay, timestamp.slice(0, 10));
  }

  get linesSkipped(): number {
    return [...this.skippedByReason.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Why no line is an event or was left out on purpose; undefined when one is. A file may hold the header of a log without requests. */
  get nothingFound(): "empty" | "unfinished" | "not understood" | undefined {
    if (this.categories.size > 0 || this.directives > 0) return undefined;
    if (this.linesSkipped > (this.skippedByReason.get("empty") ?? 0)) return "not understood";
    return this.unfinishedLine === undefined ? "empty" : "unfinished";
  }
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
