import { DAY_MS } from "../../event/day.ts";
import { CLOCK_DIFFERENCE_MS_MAX } from "../../event/limits.ts";
import { CLOCK_NOTES_KEPT_S, type ClockNote } from "../../stream/inspect/clock-notes.ts";
import { count, duration } from "../text.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const DIFFERENCE_MS_OK = 1_000;
/** An hour: statistics of the wrong day, and close to the difference at which no events are accepted. */
const DIFFERENCE_MS_MAX = 3_600_000;
/** A running process notes its clock every ten minutes. */
const NOTED_MS_AGO_MAX = 15 * 60 * 1_000;
const REMEDY = "Synchronise the clocks of all machines with NTP";

/** Compares the clock of a server with readings of this machine's clock just before and just after. */
export function checkServerClock(
  about: string,
  { beforeMs, serverMs, afterMs }: { beforeMs: number; serverMs: number; afterMs: number },
): Finding {
  const differenceMs = Math.round(
    serverMs < beforeMs ? serverMs - beforeMs : Math.max(0, serverMs - afterMs),
  );
  const absoluteMs = Math.abs(differenceMs);
  if (absoluteMs <= DIFFERENCE_MS_OK) return ok(about, "within one second of this machine's clock");
  const found = `${offText(differenceMs)} this machine's clock`;
  return absoluteMs < DIFFERENCE_MS_MAX
    ? warning(about, found, REMEDY)
    : problem(about, found, REMEDY);
}

/** Finds engine processes whose clock differs, or differed, from that of Redis, which reads `redisMs`. */
export function checkProcessClocks(
  notes: readonly ClockNote[],
  { redisMs, clocksKey }: { redisMs: number; clocksKey: string },
): readonly Finding[] {
  const about = "engine clocks";
  const wrong = notes.filter(({ worstMs }) => Math.abs(worstMs) > DIFFERENCE_MS_OK);
  if (wrong.length > 0) {
    return wrong.map((note) => checkNote(about, note, { redisMs, clocksKey }));
  }
  const days = (CLOCK_NOTES_KEPT_S * 1_000) / DAY_MS;
  const found = `${count(notes.length, "process clock")} recorded in the last ${days} days, all within one second of the clock of Redis`;
  return [ok(about, found)];
}

function checkNote(
  about: string,
  { process, offsetMs, notedAtMs, worstMs, worstAtMs }: ClockNote,
  { redisMs, clocksKey }: { redisMs: number; clocksKey: string },
): Finding {
  const isRunning = redisMs - notedAtMs < NOTED_MS_AGO_MAX;
  if (isRunning && Math.abs(offsetMs) > DIFFERENCE_MS_OK) {
    const found = `the clock of ${process} is ${offText(offsetMs)} the clock of Redis`;
    if (Math.abs(offsetMs) < DIFFERENCE_MS_MAX) return warning(about, found, REMEDY);
    const isRefusing = Math.abs(offsetMs) > CLOCK_DIFFERENCE_MS_MAX;
    return problem(about, isRefusing ? `${found}: it accepts no events` : found, REMEDY);
  }
  const found = `the clock of ${process} was ${offText(worstMs)} the clock of Redis at ${new Date(worstAtMs).toISOString()}`;
  const todo = `Check its log around that time; \`redis-cli DEL ${clocksKey}\` clears all recorded clocks`;
  return warning(about, found, todo);
}

function offText(differenceMs: number): string {
  return `${duration(Math.abs(differenceMs))} ${differenceMs > 0 ? "ahead of" : "behind"}`;
}
