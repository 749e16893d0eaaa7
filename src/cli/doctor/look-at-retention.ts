import type { HeldPrune } from "../../store/upkeep/held-prune.ts";
import { count } from "../plain-text.ts";
import { type Finding, ok, problem } from "./finding.ts";

/** Tells whether the engine deletes old events, or waits for a person to allow it. */
export function lookAtRetention(held: HeldPrune | undefined, retentionDays: number): Finding {
  const about = "retention";
  if (retentionDays === 0) return ok(about, "raw rows are kept forever");
  if (held === undefined) return ok(about, `raw rows are kept for ${count(retentionDays, "day")}`);
  const { events, since } = held;
  return problem(
    about,
    `the engine has not deleted old events since ${since}: ${count(events, "event")} are more than half of all`,
    `See that all clocks are right. If EVENTS_RETENTION_DAYS=${retentionDays} is meant to delete them, run \`queueflow prune --older-than ${retentionDays} --yes\` once`,
  );
}
