import { CLOCK_DIFFERENCE_MS_MAX } from "../../event/limits.ts";
import { CLOCK_NOTES_KEPT_S, type ClockNote } from "../../stream/inspect/clock-notes.ts";
import { count } from "../plain-text.ts";
import { duration } from "../status/status-screen.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const DIFFERENCE_MS_OK = 1_000;
const DIFFERENCE_MS_MAX = 3_600_000;
/** A process that runs notes its clock every ten minutes. */
const NOTED_MS_AGO_MAX = 15 * 60 * 1_000;
const TODO = "Let all machines keep their time by NTP";

/** Tells how far the clock of a server is from this machine's, which was read just before and just after. */
export function lookAtClock(
  about: string,
  { beforeMs, serverMs, afterMs }: { beforeMs: number; serverMs: number; afterMs: number },
): Finding {
  // Anywhere between the two readings it agrees.
  const differenceMs = Math.round(
    serverMs < beforeMs ? serverMs - beforeMs : Math.max(0, serverMs - afterMs),
  );
  const absoluteMs = Math.abs(differenceMs);
  if (absoluteMs <= DIFFERENCE_MS_OK) {
    return ok(about, "agrees with this machine's within a second");
  }
  const found = `is ${offText(differenceMs)} this machine's`;
  return absoluteMs < DIFFERENCE_MS_MAX ? warning(about, found, TODO) : problem(about, found, TODO);
}

/** Tells which processes of the engine have, or had, a clock that differs from that of Redis, which reads `redisMs`. */
export function lookAtProcessClocks(
  notes: readonly ClockNote[],
  { redisMs, clocksKey }: { redisMs: number; clocksKey: string },
): readonly Finding[] {
  const about = "engine clocks";
  const wrong = notes.filter(({ worstMs }) => Math.abs(worstMs) > DIFFERENCE_MS_OK);
  if (wrong.length === 0) {
    const found = `${count(notes.length, "clock")} noted in the last ${CLOCK_NOTES_KEPT_S / 86_400} days, all within a second of Redis's`;
    return [ok(about, found)];
  }
  return wrong.map((note) => lookAtNote(about, note, { redisMs, clocksKey }));
}

function lookAtNote(
  about: string,
  { process, offsetMs, notedAtMs, worstMs, worstAtMs }: ClockNote,
  { redisMs, clocksKey }: { redisMs: number; clocksKey: string },
): Finding {
  const isRunning = redisMs - notedAtMs < NOTED_MS_AGO_MAX;
  const isWrongNow = isRunning && Math.abs(offsetMs) > DIFFERENCE_MS_OK;
  if (isWrongNow) {
    const found = `that of ${process} is ${offText(offsetMs)} Redis's`;
    if (Math.abs(offsetMs) < DIFFERENCE_MS_MAX) return warning(about, found, TODO);
    const isRefusing = Math.abs(offsetMs) > CLOCK_DIFFERENCE_MS_MAX;
    return problem(about, isRefusing ? `${found}: it accepts no events` : found, TODO);
  }
  const found = `that of ${process} was ${offText(worstMs)} Redis's at ${new Date(worstAtMs).toISOString()}`;
  const todo = `See in its log what it did then; \`redis-cli DEL ${clocksKey}\` forgets all clocks noted`;
  return warning(about, found, todo);
}

function offText(differenceMs: number): string {
  return `${duration(Math.abs(differenceMs))} ${differenceMs > 0 ? "ahead of" : "behind"}`;
}
