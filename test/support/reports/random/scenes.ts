import type { Random } from "../../../chaos/random.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A zone, and a date near which its clocks change, or that it skips, or that is otherwise odd. */
export interface Scene {
  readonly timeZone: string;
  readonly date: string;
}

export const SCENES: readonly Scene[] = [
  { timeZone: "UTC", date: "2024-12-31" },
  { timeZone: "Europe/Berlin", date: "2025-03-30" },
  { timeZone: "Europe/Berlin", date: "2025-10-26" },
  { timeZone: "America/New_York", date: "2024-11-03" },
  // Its clocks go forward at midnight: the day begins at 01:00.
  { timeZone: "America/Sao_Paulo", date: "2018-11-04" },
  { timeZone: "America/Havana", date: "2024-11-03" },
  { timeZone: "Asia/Beirut", date: "2024-03-31" },
  // Half hours and quarters.
  { timeZone: "Asia/Kathmandu", date: "2025-06-15" },
  { timeZone: "Pacific/Chatham", date: "2025-04-06" },
  { timeZone: "Australia/Lord_Howe", date: "2025-04-06" },
  { timeZone: "Australia/Lord_Howe", date: "2025-10-05" },
  { timeZone: "Asia/Tehran", date: "2022-09-22" },
  { timeZone: "Asia/Pyongyang", date: "2018-05-05" },
  { timeZone: "America/Caracas", date: "2016-05-01" },
  { timeZone: "Pacific/Marquesas", date: "2024-02-29" },
  { timeZone: "Pacific/Kiritimati", date: "2025-01-01" },
  { timeZone: "Antarctica/Troll", date: "2025-03-30" },
  { timeZone: "Africa/Casablanca", date: "2025-02-23" },
  // Off the quarter hour; the first two go back past midnight, to a date that had ended.
  { timeZone: "America/St_Johns", date: "2010-11-07" },
  { timeZone: "America/Goose_Bay", date: "2009-11-01" },
  { timeZone: "America/St_Johns", date: "2011-03-13" },
  { timeZone: "Antarctica/Casey", date: "2022-10-02" },
  { timeZone: "Antarctica/Casey", date: "2010-03-05" },
  // A date that never was.
  { timeZone: "Pacific/Apia", date: "2011-12-30" },
];

/** Three days before and after the date. */
export function windowOf({ date }: Scene): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: Date.parse(date) - 3 * DAY_MS, toMs: Date.parse(date) + 4 * DAY_MS };
}

/** Returns an instant of the window, often where days or offsets change. */
export function randomInstant(random: Random, scene: Scene): number {
  const { fromMs, toMs } = windowOf(scene);
  const anywhere = random.integer(fromMs, toMs - 1);
  if (random.chance(0.5)) return anywhere;
  const near = random.pick([0, 1, -1, 999, 60_000, -60_000, random.integer(-HOUR_MS, HOUR_MS)]);
  return Math.min(toMs - 1, Math.max(fromMs, hotInstant(random, scene, anywhere) + near));
}

function hotInstant(random: Random, { timeZone, date }: Scene, anywhere: number): number {
  if (random.chance(0.3)) return Math.floor(anywhere / DAY_MS) * DAY_MS;
  const local = Temporal.Instant.fromEpochMilliseconds(anywhere).toZonedDateTimeISO(timeZone);
  if (random.chance(0.4)) return local.startOfDay().epochMilliseconds;
  const around = Temporal.Instant.fromEpochMilliseconds(
    Date.parse(date) - DAY_MS,
  ).toZonedDateTimeISO(timeZone);
  return around.getTimeZoneTransition("next")?.epochMilliseconds ?? anywhere;
}
