/**
 * Time between a deadline and giving up, in milliseconds. When the loop was late, the answer may have arrived and not been read:
 * timers run before sockets. A turn of the loop in between reads it.
 */
const GRACE_MS = 50;

/**
 * Calls `giveUp` when `deadlineMs` have passed and the loop has had a turn to read what arrived by then. Returns a function
 * that cancels it.
 */
export function afterDeadline(deadlineMs: number, giveUp: () => void): () => void {
  let timer = setTimeout(() => {
    timer = setTimeout(giveUp, GRACE_MS);
  }, deadlineMs);
  return () => clearTimeout(timer);
}
