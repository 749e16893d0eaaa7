import { setTimeout as delay } from "node:timers/promises";
import { CommandFailure, EXIT_INTERRUPTED } from "../command-failure.ts";

const INTERVAL_MS = 2_000;
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const CLEAR_SCREEN = "\u001b[2J";
const HOME = "\u001b[H";
const CLEAR_REST_OF_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/** What is shown again and again: lines for a screen, or one line for a program. */
export type Frame = readonly string[] | string;

/**
 * Shows a frame every two seconds, in place of the one before when it is lines, until `signal` aborts.
 *
 * @throws CommandFailure with exit code 130 then, and what `next` throws.
 */
export async function watch(next: () => Promise<Frame>, signal: AbortSignal): Promise<never> {
  let isScreen = false;
  try {
    for (;;) {
      const frame = await next();
      if (typeof frame === "string") process.stdout.write(`${frame}\n`);
      else {
        process.stdout.write(`${isScreen ? "" : `${HIDE_CURSOR}${CLEAR_SCREEN}`}${drawn(frame)}`);
        isScreen = true;
      }
      await delay(INTERVAL_MS, undefined, { signal });
    }
  } catch (error) {
    throw signal.aborted ? new CommandFailure(EXIT_INTERRUPTED, "Stopped") : error;
  } finally {
    if (isScreen) process.stdout.write(SHOW_CURSOR);
  }
}

/** What does not fit is cut off: a line that wraps, or a screen that scrolls, would leave its rest behind. */
function drawn(lines: readonly string[]): string {
  const { columns, rows } = process.stdout;
  // A terminal may not know its size, and says 0.
  const shown = lines
    .slice(0, (rows || DEFAULT_ROWS) - 1)
    .map((line) => line.slice(0, columns || DEFAULT_COLUMNS));
  return `${HOME}${shown.map((line) => `${line}${CLEAR_REST_OF_LINE}\n`).join("")}${CLEAR_BELOW}`;
}
