const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const TIME = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{4})$/;

/** `20/Nov/2026:10:00:00 +0000` as ISO 8601; undefined when it is not such a time. */
export function isoOfClfTime(text: string): string | undefined {
  const [, day, monthName = "", year, time, offset] = TIME.exec(text) ?? [];
  const monthAt = MONTHS.indexOf(monthName);
  if (day === undefined || monthAt % 3 !== 0) return undefined;
  const month = String(monthAt / 3 + 1).padStart(2, "0");
  return `${year}-${month}-${day}T${time}${offset}`;
}
