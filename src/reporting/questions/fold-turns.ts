import { FairQueue } from "../../async/fair-queue.ts";
import { RUNNING_MAX, SLICE_MS } from "./limits.ts";

/** A fold calls `pause` often: it is cheap. */
export interface Turn {
  /** Returns undefined while the slice lasts, then a promise that resolves at the next turn. Rejects when `signal` aborts. */
  pause(): Promise<void> | undefined;
  readonly signal: AbortSignal;
}

/** Lets folds work in slices, the sites in turns, one slice in each turn of the event loop. */
export class FoldTurns {
  readonly #waiting = new FairQueue<() => void>();
  readonly #sliceMs: number;
  #isScheduled = false;

  constructor(sliceMs = SLICE_MS) {
    this.#sliceMs = sliceMs;
  }

  begin(siteId: string, signal: AbortSignal): Turn {
    let endsAtMs = performance.now() + this.#sliceMs;
    const wait = async (): Promise<void> => {
      await new Promise<void>((resolve) => {
        this.#waiting.add(siteId, resolve, RUNNING_MAX);
        this.#schedule();
      });
      signal.throwIfAborted();
      endsAtMs = performance.now() + this.#sliceMs;
    };
    return { signal, pause: () => (performance.now() < endsAtMs ? undefined : wait()) };
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#waiting.take()?.();
      this.#schedule();
    });
  }
}
