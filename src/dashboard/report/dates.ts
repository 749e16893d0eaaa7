/** Local dates, as texts YYYY-MM-DD. */
export type LocalDate = string;

const DAY_MS = 86_400_000;

export function todayIn(timeZone: string, nowMs: number): LocalDate {
  // Swedish dates are written as in ISO 8601.
  return new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short" }).format(nowMs);
}

export function addDays(date: LocalDate, days: number): LocalDate {
  return isoDate(Date.parse(date) + days * DAY_MS);
}

/** Keeps the day of the month, or takes the last of a shorter one. */
export function addMonths(date: LocalDate, months: number): LocalDate {
  const first = new Date(firstOfMonth(date));
  first.setUTCMonth(first.getUTCMonth() + months);
  const start = isoDate(first.getTime());
  const day = Math.min(Number(date.slice(8)), Number(lastOfMonth(start).slice(8)));
  return start.slice(0, 8) + String(day).padStart(2, "0");
}

export function firstOfMonth(date: LocalDate): LocalDate {
  return `${date.slice(0, 8)}01`;
}

export function lastOfMonth(date: LocalDate): LocalDate {
  const [year = 0, month = 0] = date.split("-").map(Number);
  return isoDate(Date.UTC(year, month, 0));
}

/** Both included. */
export function daysBetween(from: LocalDate, to: LocalDate): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

/** 0 is Monday. */
export function weekdayOf(date: LocalDate): number {
  return (new Date(date).getUTCDay() + 6) % 7;
}

function isoDate(ms: number): LocalDate {
  return new Date(ms).toISOString().slice(0, 10);
}
