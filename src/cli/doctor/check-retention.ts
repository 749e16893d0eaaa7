import type { HeldPrune } from "../../store/upkeep/retention-state.ts";
import { count } from "../text.ts";
import { type Finding, ok, problem } from "./finding.ts";

/** Reports a prune that waits for an operator. */
export function checkRetention(held: HeldPrune | undefined, retentionDays: number): Finding {
  const about = "retention";
  if (retentionDays === 0) return ok(about, "raw events are kept forever");
  if (held === undefined) {
    return ok(about, `raw events are kept for ${count(retentionDays, "day")}`);
  }
  const { events, since } = held;
  const found = `the engine has not deleted old events since ${since}: ${count(events, "event")} are more than half of all`;
  const todo = `Check that all clocks are right. If EVENTS_RETENTION_DAYS=${retentionDays} is meant to delete them, run \`queueflow prune --older-than ${retentionDays} --yes\` once`;
  return problem(about, found, todo);
}
