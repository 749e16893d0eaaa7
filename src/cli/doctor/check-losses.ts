import { type Loss, sumLosses } from "../../event/loss.ts";
import { count } from "../text.ts";
import { type Finding, ok, problem } from "./finding.ts";

const ABOUT = "lost events";

export function checkLosses(losses: readonly Loss[]): Finding {
  const { entries = 0, since = "" } = sumLosses(losses, []) ?? {};
  if (entries === 0) return ok(ABOUT, "none unacknowledged");
  const found = `at least ${count(entries, "accepted event")} lost, first found at ${since ?? ""}`;
  const todo =
    "See `queueflow losses`, find out what deleted them, then run `queueflow losses acknowledge`";
  return problem(ABOUT, found, todo);
}
