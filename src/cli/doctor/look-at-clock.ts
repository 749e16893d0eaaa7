import { type Finding, ok, problem, warning } from "./finding.ts";

const DIFFERENCE_MS_OK = 1_000;
/** An event may be 24 hours ahead of one clock and is set aside at 48 hours ahead of another. */
const DIFFERENCE_MS_MAX = 3_600_000;

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
  const todo = "Let both machines keep their time by NTP";
  if (absoluteMs <= DIFFERENCE_MS_OK) {
    return ok(about, "agrees with this machine's within a second");
  }
  const how = `is ${Math.round(absoluteMs / 1_000)} s ${differenceMs > 0 ? "ahead of" : "behind"} this machine's`;
  if (absoluteMs < DIFFERENCE_MS_MAX) {
    return warning(about, `${how}: ages of events and the lag are wrong by that`, todo);
  }
  return problem(about, `${how}: events may be set aside as too far ahead`, todo);
}
