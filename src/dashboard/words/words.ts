import type { Metric } from "../../reporting/query/report-query.ts";
import { de } from "./de.ts";
import { en, type Words } from "./en.ts";

const LANGUAGES: Readonly<Record<string, Words>> = { en, de };

/** The viewer's, for numbers and dates too: `de-AT` groups digits in another way than `de`. */
export const LOCALE = navigator.languages.find((tag) => languageOf(tag) in LANGUAGES) ?? "en";

export const words: Words = LANGUAGES[languageOf(LOCALE)] ?? en;

function languageOf(tag: string): string {
  return tag.split("-", 1)[0] ?? tag;
}

export function metricName(metric: Metric): string {
  return words.metrics[metric];
}
