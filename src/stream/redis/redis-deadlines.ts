/** How long a command may take before its connection is given up, in milliseconds. */
export const COMMAND_TIMEOUT_MS = 800;
export const CONNECT_TIMEOUT_MS = 2_000;
/** How often a connection to a server that takes no writes is given up for a new one, in milliseconds. */
export const LEAVE_INTERVAL_MS = 1_000;
const RECONNECT_DELAY_MS_MAX = 500;

/** How long to wait before so many-th attempt in a row to connect again, in milliseconds. */
export function reconnectDelayMs(attempt: number): number {
  return Math.min(50 * attempt, RECONNECT_DELAY_MS_MAX);
}
