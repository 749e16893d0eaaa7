import type { ServerFacts } from "../../stream/inspect/read-server.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const MIB = 1_024 ** 2;
/** A backlog of some minutes fills the rest. */
const FREE_PART_OK = 0.1;

/** Checks how much memory Redis has left under `maxmemory`, or without it, on its machine. */
export function checkMemory(facts: ServerFacts): Finding {
  const about = "Redis memory";
  const number = (name: string) => Number(facts.get(name) ?? 0);
  const used = number("used_memory");
  const limit = number("maxmemory");
  const max = limit > 0 ? limit : number("total_system_memory");
  if (max === 0) return ok(about, `${mib(used)} used`);
  const of = limit > 0 ? "maxmemory" : "memory of its machine; maxmemory is not set";
  const found = `${mib(used)} used of ${mib(max)} (${of})`;
  const todo = `Find out why the backlog is not stored, or ${limit > 0 ? "raise maxmemory" : "add memory to its machine"}`;
  if (used >= max) return problem(about, `${found}: events are refused`, todo);
  if (used > max * (1 - FREE_PART_OK)) return warning(about, found, todo);
  return ok(about, found);
}

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB).toLocaleString("en-US")} MiB`;
}
