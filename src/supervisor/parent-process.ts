const CHECK_INTERVAL_MS = 500;

/**
 * Calls back once when the process that started this one is gone. `npx` and `bun run` die of a signal
 * without passing it on, and an engine that they started would be left behind, with its port.
 */
export function onParentGone(callback: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, CHECK_INTERVAL_MS);
}
