const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const CLF_TIME = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{4})$/;

/** Converts `20/Nov/2026:10:00:00 +0000`. */
export function isoOfClfTime(text: string): string | undefined {
  const [, day, monthName = "", year, time, offset] = CLF_TIME.exec(text) ?? [];
  const monthAt = MONTHS.indexOf(monthName);
  if (day === undefined || monthAt % 3 !== 0) return undefined;
  const month = String(monthAt / 3 + 1).padStart(2, "0");
  return `${year}-${month}-${day}T${time}${offset}`;
}

/** Converts seconds, ms, µs or ns, told apart by their size, from 1973 to 5138. */
export function isoOfEpoch(number: number): string | undefined {
  const unit = [1e3, 1, 1e-3, 1e-6].find((factor) => number * factor < 1e14);
  // Decimal fractions are inexact in binary: .25 may be .2499999.
  const ms = Math.floor(number * (unit ?? Number.NaN) + 0.001);
  return number >= 1e8 && Number.isFinite(ms) ? new Date(ms).toISOString() : undefined;
}
