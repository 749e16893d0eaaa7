import type { Log } from "../log/log.ts";
import type { ChildThread } from "./child-thread.ts";
import type { FileReserve } from "./file-reserve.ts";

/** How long the ingest threads may be held up by one start; a thread on a busy machine takes a second or two. */
const HOLD_MS_MAX = 5_000;
/** How long to wait for each of them to stand still: one that is busy accepts nothing either. */
const HOLD_WAIT_MS_MAX = 500;

/** Whose files are at stake. */
export interface StartRoomOptions {
  readonly reserve: FileReserve;
  /** Those that accept connections, which nothing else bounds. */
  readonly ingestThreads: () => readonly ChildThread[];
  readonly log: Log;
}

/**
 * Sees to it that a thread that starts finds files to open. The runtime (Bun 1.4.5) ends the whole process where it finds
 * none, and its server takes connections until the last file is gone. Near the limit threads start one after the
 * other, each with the reserve, while the ingest threads stand still: they would take the reserve at once.
 */
export class StartRoom {
  readonly #options: StartRoomOptions;
  #last: Promise<void> = Promise.resolve();

  constructor(options: StartRoomOptions) {
    this.#options = options;
  }

  /** Runs `start`; near the limit after the starts before it, and while somebody accepts connections. */
  async during(start: () => Promise<void>): Promise<void> {
    const { reserve, ingestThreads } = this.#options;
    if (!reserve.mayBeNeeded() || !ingestThreads().some((thread) => thread.isRunning)) {
      return await start();
    }
    this.#last = this.#last.then(async () => await this.#startAlone(start));
    await this.#last;
  }

  async #startAlone(start: () => Promise<void>): Promise<void> {
    const { reserve, ingestThreads, log } = this.#options;
    log.warn(
      { filesMax: reserve.filesMax },
      "Hardly a file is left to open: requests wait while a thread starts",
    );
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const holds = ingestThreads().map(async (thread) => await thread.hold(gate, HOLD_MS_MAX));
    await untilOr(HOLD_WAIT_MS_MAX, Promise.all(holds));
    reserve.open();
    try {
      await untilOr(HOLD_MS_MAX, start());
    } finally {
      reserve.close();
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
    }
  }
}

/** Waits for `work`, and no longer than `msMax`. */
async function untilOr(msMax: number, work: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, msMax);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
