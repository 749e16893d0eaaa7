import { de } from "../../dashboard/words/de.ts";
import { en, type Words } from "../../dashboard/words/en.ts";
import type { List, ListRow, Total, TotalValue } from "./read-report.ts";
import type { ReportDates } from "./report-period.ts";

export const REPORT_LANGUAGES = ["en", "de"] as const;
export type ReportLanguage = (typeof REPORT_LANGUAGES)[number];

const LANGUAGES: Readonly<Record<ReportLanguage, Words>> = { en, de };
const NONE = "–";
/** Before a number that counts some visitors several times. */
const ABOUT = "≈ ";

/** Writes the parts of a report in a language: the words of the dashboard, and numbers and dates by `Intl`. */
export class ReportWords {
  readonly words: Words;
  readonly language: ReportLanguage;
  readonly #whole: Intl.NumberFormat;
  readonly #percent: Intl.NumberFormat;
  readonly #date: Intl.DateTimeFormat;
  readonly #regions: Intl.DisplayNames;

  constructor(language: ReportLanguage) {
    this.language = language;
    this.words = LANGUAGES[language];
    this.#whole = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
    this.#percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
    this.#date = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
    this.#regions = new Intl.DisplayNames(language, { type: "region" });
  }

  dates({ from, to }: ReportDates): string {
    return this.#date.formatRange(Date.parse(from), Date.parse(to));
  }

  date(date: string): string {
    return this.#date.format(Date.parse(date));
  }

  visitors({ visitors }: ListRow, { isApproximate }: { readonly isApproximate: boolean }): string {
    return `${isApproximate ? ABOUT : ""}${this.#whole.format(visitors)}`;
  }

  total({ metric, value, isApproximate }: Omit<TotalValue, "before">): string {
    if (value === null) return NONE;
    return `${isApproximate ? ABOUT : ""}${this.#value(metric, value)}`;
  }

  #value(metric: Total, value: number): string {
    if (metric === "bounce_rate") return this.#percent.format(value / 100);
    return metric === "visit_duration" ? this.#duration(value) : this.#whole.format(value);
  }

  name(metric: Total): string {
    return this.words.metrics[metric];
  }

  listName(dimension: List): string {
    return this.words.dimensions[dimension] ?? dimension;
  }

  /** Returns the name of a row: countries by name, everything else as it is. */
  rowName(dimension: List, { name }: ListRow): string {
    if (name === null || name === "") return this.words.none;
    if (dimension !== "visit:country" || !/^[A-Z]{2}$/.test(name)) return name;
    return this.#regions.of(name) ?? name;
  }

  #duration(ofSeconds: number): string {
    const { minutes, seconds } = this.words.durations;
    const total = Math.round(ofSeconds);
    return total < 60
      ? seconds(total)
      : `${minutes(Math.floor(total / 60))} ${seconds(total % 60)}`;
  }
}
