import type { Blocker } from "../../store/inspect/find-blockers.ts";
import { duration } from "../status/status-screen.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "locks";
/** A batch is given up after so long; what holds for less lets it wait and no more. */
const HELD_MS_OK = 10_000;
/** What PostgreSQL shows in place of the statement of another user. */
const HIDDEN = "<insufficient privilege>";

/** Tells which sessions of other programs the engine has to wait for. */
export function lookAtLocks(blockers: readonly Blocker[]): readonly Finding[] {
  if (blockers.length === 0) return [ok(ABOUT, "the engine waits for no other session")];
  return blockers.map(({ pid, user, heldMs, statement }) => {
    const since = heldMs === null ? "" : `, since ${duration(heldMs)}`;
    const doing = statement === HIDDEN ? "" : `: ${statement}`;
    const found = `session ${pid} of ${user} holds what the engine needs${since}${doing}`;
    const todo = `Let it finish, or end it if it may be ended: SELECT pg_terminate_backend(${pid})`;
    const isShort = heldMs !== null && heldMs < HELD_MS_OK;
    return isShort ? warning(ABOUT, found, todo) : problem(ABOUT, found, todo);
  });
}
