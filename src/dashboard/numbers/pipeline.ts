import { LOCALE, words } from "../words/words.ts";
import { duration, fullValue } from "./format.ts";

const time = new Intl.DateTimeFormat(LOCALE, { timeStyle: "medium" });
const dateTime = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" });
const tenths = new Intl.NumberFormat(LOCALE, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const MEBIBYTE = 1_024 ** 2;

export function count(value: number | null): string {
  return fullValue("events", value);
}

export function seconds(ms: number | null): string {
  if (ms === null) return count(null);
  return ms > 0 && ms < 10_000
    ? words.pipeline.seconds(tenths.format(ms / 1_000))
    : duration(ms / 1_000);
}

/** In the viewer's own time zone, as what is told of a server. */
export function clock(at: string): string {
  return time.format(new Date(at));
}

export function moment(at: string): string {
  return dateTime.format(new Date(at));
}

export function mebibytes(bytes: number): string {
  return `${tenths.format(bytes / MEBIBYTE)} MiB`;
}
