import { SingleBar } from "cli-progress";

/** A plain line is written at most this often. */
const LINE_INTERVAL_MS = 5_000;

/** Shows on standard error how far something is. */
export interface Progress {
  /** `value` counts towards the total; `detail` stands beside it. */
  update(value: number, detail: string): void;
  /** Leaves the terminal as it was. Idempotent. */
  stop(): void;
}

/** What is being done, and how much of it there is when that is known. */
export interface ProgressOptions {
  readonly title: string;
  readonly total: number | undefined;
}

/** A bar on a terminal; elsewhere a line now and then, so that a log is not filled with bars. */
export function openProgress(options: ProgressOptions): Progress {
  return process.stderr.isTTY ? openBar(options) : openLines(options);
}

function openBar({ title, total }: ProgressOptions): Progress {
  const bar = new SingleBar({
    format: total === undefined ? `${title} {detail}` : `${title} [{bar}] {percentage}% {detail}`,
    stream: process.stderr,
    hideCursor: false,
    // Ctrl-C is the command's to handle.
    gracefulExit: false,
  });
  bar.start(total ?? 0, 0, { detail: "" });
  return {
    update: (value, detail) => bar.update(value, { detail }),
    stop: () => bar.stop(),
  };
}

function openLines({ title, total }: ProgressOptions): Progress {
  let writtenAtMs = performance.now();
  return {
    update(value, detail) {
      if (performance.now() - writtenAtMs < LINE_INTERVAL_MS) return;
      writtenAtMs = performance.now();
      const percentage = total === undefined ? "" : `${Math.floor((100 * value) / total)}% `;
      process.stderr.write(`${title} ${percentage}${detail}\n`);
    },
    stop: () => undefined,
  };
}
