const SECONDS_OF: Readonly<Record<string, number>> = { h: 3_600, m: 60, s: 1 };

/**
 * Returns the seconds of a k6 duration in whole hours, minutes and seconds: `1h`, `1m30s`, `45s`.
 *
 * @throws Error that states the expected format.
 */
export function secondsOf(duration: string): number {
  if (!/^(\d+h)?(\d+m)?(\d+s)?$/.test(duration) || duration === "") {
    throw new Error(`Expected a duration such as 1h, 1m30s or 45s, got "${duration}"`);
  }
  let seconds = 0;
  for (const [, count, unit = ""] of duration.matchAll(/(\d+)([hms])/g)) {
    seconds += Number(count) * (SECONDS_OF[unit] ?? 0);
  }
  return seconds;
}
