import { describeValue } from "../event/describe-value.ts";
import { chooseFormat } from "./choose-format.ts";
import { type LineContext, type LineOutcome, lineEvent, skipped } from "./line-event.ts";
import { type LogLine, withoutLeadingNuls } from "./line-splitter.ts";
import { type LineParser, type LogFormat, notInFormat } from "./log-format.ts";

const SAMPLE_LINES_MAX = 64;

export interface LogReaderOptions extends Pick<LineContext, "siteId" | "only" | "keptQuery"> {
  /** Undefined to detect it. */
  readonly format: LogFormat | undefined;
}

/** Turns lines into events. Holds back the first ones until they suffice to choose the format. */
export class LogReader {
  readonly #options: LogReaderOptions;
  #format: LogFormat | undefined;
  #parse: LineParser | undefined;
  #heldBack: LogLine[] = [];

  constructor(options: LogReaderOptions) {
    this.#options = options;
    if (options.format !== undefined) this.#open(options.format);
  }

  get format(): LogFormat | undefined {
    return this.#format;
  }

  /** Returns the outcomes of this line, of all lines held back, or none yet. */
  read(line: LogLine, nowMs: number): readonly LineOutcome[] {
    if (this.#parse !== undefined) return [this.#outcomeOf(line, nowMs)];
    this.#heldBack.push(line);
    return this.#heldBack.length < SAMPLE_LINES_MAX ? [] : this.decide(nowMs);
  }

  /** Chooses the format, and returns the outcomes of the lines held back. */
  decide(nowMs: number): readonly LineOutcome[] {
    const lines = this.#heldBack;
    this.#heldBack = [];
    if (this.#parse === undefined) {
      const texts = lines.filter((line) => line.kind === "line").map(({ text }) => text);
      const format = chooseFormat(texts.map(withoutLeadingNuls));
      if (format !== undefined) this.#open(format);
    }
    return lines.map((line) => this.#outcomeOf(line, nowMs));
  }

  #open(format: LogFormat): void {
    this.#format = format;
    this.#parse = format.open();
  }

  #outcomeOf(line: LogLine, nowMs: number): LineOutcome {
    if (line.kind === "too-long") return skipped(line.number, "too long");
    const text = withoutLeadingNuls(line.text);
    if (text.trim() === "") return skipped(line.number, "empty");
    if (this.#parse === undefined || this.#format === undefined) {
      return skipped(line.number, "not in a known log format", describeValue(text));
    }
    const result = text.includes("\0") ? notInFormat("it contains NUL bytes") : this.#parse(text);
    const { siteId, only, keptQuery } = this.#options;
    return lineEvent(
      { number: line.number, text: line.text, result },
      { siteId, only, keptQuery, format: this.#format.name, nowMs },
    );
  }
}
