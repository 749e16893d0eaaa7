import type { EngineRecord } from "../support/engine-output.ts";
import type { EngineRun } from "./engine-slot.ts";

/** Messages at error level that faults cause. */
export const EXPLAINED: ReadonlySet<string> = new Set([
  "The consumer group was gone: it was created again, at the stream's first entry",
  // Each entry is checked at the end.
  "Entries that cannot be stored were set aside in dead_events",
  // At error level when a person must act, such as for a missing table.
  "A reclaimer pass failed, retrying",
  "PostgreSQL failed to read stats; they are refused with 503",
  "PostgreSQL failed, holding the batch and retrying",
  "Preparing the consumer group failed, retrying",
  "Preparing the schema failed, retrying",
  "Threads did not finish in time and were terminated; unfinished entries are delivered again",
]);
/** Messages about a thread that a fault made fail. */
export const ABOUT_THREAD: readonly string[] = [
  "Thread failed",
  "Thread sends no heartbeats, terminating it",
];
export const THREAD_EXITED = "Thread exited, restarting it";

/** Returns the output of an engine that no fault explains. */
export function unexplained({ engine, strikes }: EngineRun): readonly string[] {
  const { records, strayLines } = engine.output;
  const exits = Map.groupBy(
    records.filter(({ msg }) => msg === THREAD_EXITED),
    ({ child }) => String(child),
  );
  const tooMany = [...exits].filter(([child, of]) => of.length > (strikes.get(child) ?? 0));
  return [
    ...records.filter(isUnexplained).map((record) => `logs ${JSON.stringify(record)}`),
    ...tooMany.map(
      ([child, of]) =>
        `${child} exited ${of.length} times, ${strikes.get(child) ?? 0} times by a fault`,
    ),
    ...strayLines.map((line) => `writes a line that is not JSON: ${line}`),
  ];

  function isUnexplained({ level, msg, child }: EngineRecord): boolean {
    if (level !== "error" || EXPLAINED.has(msg)) return false;
    return !(ABOUT_THREAD.includes(msg) && strikes.has(String(child)));
  }
}
