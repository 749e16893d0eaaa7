import type { Bench } from "../bench.ts";
import { storedEvents } from "../load/stored-events.ts";
import { drainEngine, WARM_UP_ENTRIES } from "../measure/drain-engine.ts";
import { inTurn } from "../measure/in-turn.ts";
import type { Finding } from "../report/finding.ts";
import type { Checkout } from "./checkout.ts";
import { comparedEngines, SIDES } from "./compared-engines.ts";
import { findingsOf } from "./findings-of.ts";

/** Events that each engine moves from a full stream into PostgreSQL: stored per second, and processor time. */
export async function drainAgainst(bench: Bench, other: Checkout): Promise<readonly Finding[]> {
  const { servers, options, placement, say } = bench;
  await servers.place(placement.machine);
  const engines = await comparedEngines(bench, other);
  const findings: Finding[] = [];
  for (const users of ["skewed", "new"] as const) {
    const events = storedEvents(WARM_UP_ENTRIES + options.entries, users);
    const results = await inTurn(options.pairs, SIDES, async (side) => {
      const engine = engines[side];
      await using database = await engine.newDatabase();
      await servers.admin`CHECKPOINT`;
      const stored = await drainEngine(bench, { engine, database, events });
      const { seconds, cpuSeconds } = stored;
      const result = { rate: stored.events / seconds, cpuUs: (1e6 * cpuSeconds) / stored.events };
      say(`${side}, ${users} users: ${JSON.stringify(result)}`);
      return result;
    });
    const of = users === "new" ? ", every event of a new user" : "";
    const rows = [
      { field: "cpuUs", what: `processor time an event${of}, servers included`, unit: "µs" },
      { field: "rate", what: `stored${of}`, unit: "events/s" },
    ] as const;
    findings.push(...findingsOf(rows, results, other));
  }
  return findings;
}
