import type { Turn } from "./folded-report.ts";

/** Call it about once a millisecond, and await what it returns. @throws the signal's reason once aborted. */
export type Pace = () => Promise<void> | undefined;

export function paceOf(turn: Turn): Pace {
  return () => {
    turn.signal.throwIfAborted();
    return turn.pause();
  };
}

/** Waits if it is time to. */
export async function paused(pace: Pace): Promise<void> {
  const waited = pace();
  if (waited !== undefined) await waited;
}
