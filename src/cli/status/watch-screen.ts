import { setTimeout as delay } from "node:timers/promises";
import { unlessAborted } from "../../async/deadline.ts";
import { printable } from "../../log/printable.ts";
import type { Output } from "../shell.ts";

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const CLEAR_SCREEN = "\u001b[2J";
const HOME = "\u001b[H";
const CLEAR_REST_OF_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/**
 * Draws frames over each other on a terminal.
 *
 * @throws the reason of `signal` when that aborts; what `next` throws.
 */
export async function watchScreen(
  stdout: Output,
  next: () => Promise<readonly string[]>,
  { intervalMs, signal }: { readonly intervalMs: number; readonly signal: AbortSignal },
): Promise<never> {
  stdout.write(`${HIDE_CURSOR}${CLEAR_SCREEN}`);
  try {
    for (;;) {
      stdout.write(drawn(await unlessAborted(next(), signal), stdout));
      await delay(intervalMs, undefined, { signal });
    }
  } finally {
    stdout.write(SHOW_CURSOR);
  }
}

/** Cuts off what does not fit: wrapped lines or a scrolled screen would leave remains behind. */
function drawn(lines: readonly string[], { columns, rows }: Output): string {
  // Some terminals report a size of 0.
  const shown = lines
    .slice(0, (rows || DEFAULT_ROWS) - 1)
    .map((line) => printable(line).slice(0, columns || DEFAULT_COLUMNS));
  return `${HOME}${shown.map((line) => `${line}${CLEAR_REST_OF_LINE}\n`).join("")}${CLEAR_BELOW}`;
}
