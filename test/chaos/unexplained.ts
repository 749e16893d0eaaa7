import type { EngineRecord } from "../support/engine-output.ts";
import type { EngineLife } from "./engine-slot.ts";

/** Records at error level that faults of the schedule may well bring about. */
const EXPLAINED: ReadonlySet<string> = new Set([
  "The consumer group was gone: it was created again, at the stream's first entry",
  // They are judged one by one in the end.
  "Entries that cannot be stored were set aside in dead_events",
  // At error level when a person must act, as for a table that is gone: the fault is who did, and mends it.
  "A reclaimer pass failed, retrying",
  "PostgreSQL failed to read stats; they are refused with 503",
  "PostgreSQL failed, holding the batch and retrying",
  "Preparing the consumer group or the schema failed, retrying",
  "Threads did not finish in time and were terminated; unfinished entries are delivered again",
]);
/** What an engine says of a thread that a fault has befallen, at most once for each. */
const OF_A_THREAD: readonly string[] = [
  "Thread failed",
  "Thread sends no heartbeats, terminating it",
];
/** What an engine says when a thread of it is gone. */
export const DIED = "Thread exited, restarting it";

/** What an engine has written that no fault explains. */
export function unexplained({ engine, strikes }: EngineLife): readonly string[] {
  const { records, strayLines } = engine.output;
  const deaths = Map.groupBy(
    records.filter(({ msg }) => msg === DIED),
    ({ child }) => String(child),
  );
  const tooOften = [...deaths].filter(([child, died]) => died.length > (strikes.get(child) ?? 0));
  return [
    ...records.filter(isUnexplained).map((record) => `logs ${JSON.stringify(record)}`),
    ...tooOften.map(
      ([child, died]) => `${child} died ${died.length} times, struck ${strikes.get(child) ?? 0}`,
    ),
    ...strayLines.map((line) => `writes what is no record: ${line}`),
  ];

  function isUnexplained({ level, msg, child }: EngineRecord): boolean {
    if (level !== "error" || EXPLAINED.has(msg)) return false;
    return !(OF_A_THREAD.includes(msg) && strikes.has(String(child)));
  }
}
