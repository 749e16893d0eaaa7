import { SingleBar } from "cli-progress";
import type { Output, Shell } from "./shell.ts";

/** Without a terminal, one line is written at most this often. */
const LINE_INTERVAL_MS = 5_000;

/** Shows progress on standard error. Disposing of it restores the terminal. */
export interface Progress extends Disposable {
  /** `value` counts towards the total. */
  update(value: number, detail: string): void;
}

interface ProgressOptions {
  readonly title: string;
  /** Undefined when the amount of work is unknown. */
  readonly total: number | undefined;
}

/** Opens a bar on a terminal; elsewhere it writes an occasional line. */
export function openProgress({ stderr }: Shell, options: ProgressOptions): Progress {
  return stderr.isTTY ? openBar(stderr, options) : openLines(stderr, options);
}

function openBar(stream: Output, { title, total }: ProgressOptions): Progress {
  const bar = new SingleBar({
    format: total === undefined ? `${title} {detail}` : `${title} [{bar}] {percentage}% {detail}`,
    stream,
    hideCursor: false,
    // The command handles Ctrl-C.
    gracefulExit: false,
  });
  bar.start(total ?? 0, 0, { detail: "" });
  return {
    update: (value, detail) => bar.update(value, { detail }),
    [Symbol.dispose]: () => bar.stop(),
  };
}

function openLines(stream: Output, { title, total }: ProgressOptions): Progress {
  let writtenAtMs = performance.now();
  return {
    update(value, detail) {
      if (performance.now() - writtenAtMs < LINE_INTERVAL_MS) return;
      writtenAtMs = performance.now();
      const percentage = total === undefined ? "" : `${Math.floor((100 * value) / total)}% `;
      stream.write(`${title} ${percentage}${detail}\n`);
    },
    [Symbol.dispose]: () => undefined,
  };
}
