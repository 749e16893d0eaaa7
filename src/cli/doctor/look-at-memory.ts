import type { ServerFacts } from "../../stream/inspect/read-server.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const MIB = 1_024 ** 2;
/** With less than this part of its memory free, a backlog of some minutes fills it. */
const FREE_PART_OK = 0.1;

/** Tells how much memory Redis has left, by its limit or, without one, by its machine's. */
export function lookAtMemory(facts: ServerFacts): Finding {
  const about = "Redis memory";
  const number = (name: string) => Number(facts.get(name) ?? 0);
  const used = number("used_memory");
  const limit = number("maxmemory");
  const room = limit > 0 ? limit : number("total_system_memory");
  const of = limit > 0 ? "maxmemory" : "its machine's, and no maxmemory";
  const found = `${mib(used)} used of ${mib(room)} (${of})`;
  if (room === 0) return ok(about, `${mib(used)} used`);
  const todo =
    limit > 0
      ? "See why the backlog is not stored, or raise maxmemory"
      : "See why the backlog is not stored, or give its machine more memory";
  if (used >= room) return problem(about, `${found}: events are refused`, todo);
  if (used > room * (1 - FREE_PART_OK)) return warning(about, found, todo);
  return ok(about, found);
}

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB).toLocaleString("en-US")} MiB`;
}
