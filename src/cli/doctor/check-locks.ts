import type { Blocker } from "../../store/inspect/find-blockers.ts";
import { duration } from "../text.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "locks";
/** A batch waits this long for a lock before it fails. */
const HELD_MS_OK = 10_000;
/** What PostgreSQL shows instead of another user's statement. */
const HIDDEN = "<insufficient privilege>";

/** Reports sessions of other programs that block the engine. */
export function checkLocks(blockers: readonly Blocker[]): readonly Finding[] {
  if (blockers.length === 0) return [ok(ABOUT, "no other session blocks the engine")];
  return blockers.map(({ pid, user, heldMs, statement }) => {
    const since = heldMs === null ? "" : ` for ${duration(heldMs)}`;
    const doing = statement === HIDDEN ? "" : `: ${statement}`;
    const found = `session ${pid} of ${user} has held a lock that the engine needs${since}${doing}`;
    const todo = `Let it finish, or end it if that is safe: SELECT pg_terminate_backend(${pid})`;
    const isShort = heldMs !== null && heldMs < HELD_MS_OK;
    return isShort ? warning(ABOUT, found, todo) : problem(ABOUT, found, todo);
  });
}
