import type { WriterOfEvents } from "../../store/inspect/find-writers.ts";
import type { SequenceState } from "../../store/packing/check-packing.ts";
import { duration } from "../text.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "packing";

export interface PackingState {
  /** Migrations that packing waits for. */
  readonly migrations: readonly string[];
  readonly sequence: SequenceState;
  /** Transactions that have been writing to `events` for longer than a batch may take. */
  readonly writers: readonly WriterOfEvents[];
}

/** Reports what keeps stored events from being packed. */
export function checkPacking({ migrations, sequence, writers }: PackingState): readonly Finding[] {
  if (migrations.length > 0) {
    const found = `waits for the migrations ${migrations.join(", ")}: reports read all events raw, and old events stay`;
    return [warning(ABOUT, found, "Run `queueflow migrate`, and see what it postpones")];
  }
  const findings = [...checkSequence(sequence), ...writers.map(waitFor)];
  return findings.length > 0 ? findings : [ok(ABOUT, "nothing holds it back")];
}

function checkSequence({ lastValue, packedId, cache }: SequenceState): readonly Finding[] {
  if (cache !== 1) {
    const found = `sessions draw ${cache} ids of events at once, so events may be missing from reports`;
    const todo = "Run `ALTER SEQUENCE events_id_seq CACHE 1`, and restart the engine";
    return [problem(ABOUT, found, todo)];
  }
  if (lastValue >= packedId) return [];
  const found = `the sequence of event ids is at ${lastValue}, below the packed event ${packedId}: new events may be missing from reports`;
  return [problem(ABOUT, found, "Restart the engine, which raises it, and run `queueflow verify`")];
}

function waitFor({ writer, pid, age_ms: ageMs }: WriterOfEvents): Finding {
  const who = pid === null ? `the prepared transaction ${writer}` : `session ${pid}`;
  const end =
    pid === null ? `ROLLBACK PREPARED '${writer}'` : `SELECT pg_terminate_backend(${pid})`;
  const found = `waits for ${who}, which has been writing to events for ${duration(ageMs)}`;
  return warning(ABOUT, found, `Let it finish, or end it if that is safe: ${end}`);
}
