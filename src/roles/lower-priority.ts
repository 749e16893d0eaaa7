import { setPriority } from "node:os";

/** A third of the processor time of another thread that wants the same core. */
const NICENESS = 5;

/** Lets threads that accept and store events go first when all cores are busy. Only for this thread, as Linux counts priorities. */
export function lowerPriority(): void {
  try {
    setPriority(NICENESS);
  } catch {
    // A sandbox may refuse it. Nothing but latency depends on it.
  }
}
