import type { Shell } from "./shell.ts";

/** Moves the cursor to the start of the line and clears it. */
export const CLEAR_LINE = "\r\u001b[K";
/** Faster than this the eye does not follow. */
const REDRAW_INTERVAL_MS = 100;
/** Without a terminal every update is a line, as in the log of a scheduled job. */
const LINE_INTERVAL_MS = 5_000;

/** Shows progress on standard error. Disposing of it clears the terminal's line. */
export interface Progress extends Disposable {
  /** `part` is the part done, from 0 to 1, where that is known. */
  update(detail: string, part?: number): void;
}

/** Shows progress in place on a terminal, and as an occasional line elsewhere. */
export function openProgress({ stderr }: Shell, title: string): Progress {
  const isTerminal = stderr.isTTY === true;
  const intervalMs = isTerminal ? REDRAW_INTERVAL_MS : LINE_INTERVAL_MS;
  let shownAtMs = isTerminal ? Number.NEGATIVE_INFINITY : performance.now();
  return {
    update(detail, part) {
      if (performance.now() - shownAtMs < intervalMs) return;
      shownAtMs = performance.now();
      const text = `${title} ${part === undefined ? "" : `${Math.floor(100 * part)}% `}${detail}`;
      stderr.write(isTerminal ? `${CLEAR_LINE}${text}` : `${text}\n`);
    },
    [Symbol.dispose]: () => void (isTerminal && stderr.write(CLEAR_LINE)),
  };
}
