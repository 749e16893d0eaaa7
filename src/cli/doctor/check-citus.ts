import type { CitusState, WorkerState } from "../../store/distribution/read-citus-state.ts";
import { count } from "../text.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "Citus";

/** Returns nothing for a PostgreSQL without workers of Citus. */
export function checkCitus(state: CitusState | undefined): readonly Finding[] {
  if (state === undefined) return [];
  const { pending, missing, workers } = state;
  const findings = [...workers.flatMap(checkWorker), ...checkTables(pending)];
  for (const [server, names] of missing) {
    if (names.length === 0) continue;
    const found = `new sessions of ${server} lack ${names.join(", ")}: storing costs more than it has to`;
    findings.push(warning(ABOUT, found, "Run `queueflow migrate` as the owner of the database"));
  }
  if (findings.length > 0) return findings;
  return [ok(ABOUT, `the tables are distributed over ${count(workers.length, "worker")}`)];
}

function checkWorker({ name, error, prepared }: WorkerState): readonly Finding[] {
  if (error !== undefined) {
    const found = `the worker ${name} does not answer: nothing is stored or packed`;
    return [problem(ABOUT, found, "Start it, or check the network between it and the coordinator")];
  }
  return prepared.map((gid) =>
    warning(
      ABOUT,
      `packing waits for a transaction that is prepared on ${name}: ${gid}`,
      "Citus ends its own within a minute; end another one there, by COMMIT PREPARED or ROLLBACK PREPARED",
    ),
  );
}

function checkTables(pending: readonly string[]): readonly Finding[] {
  if (pending.length === 0) return [];
  const found = `not distributed yet: ${pending.join(", ")}`;
  return [warning(ABOUT, found, "Stop the engines, and run `queueflow migrate`")];
}
