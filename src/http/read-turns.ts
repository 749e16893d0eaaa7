import { FairQueue } from "../async/fair-queue.ts";
import { QueueFlowError } from "../errors.ts";

/** Per thread. */
const WAITING_MAX = 256;
/** For each part of a thread's time that reads take while events arrive, events get this many. */
const EVENT_PARTS = 3;
/** Timers fire no earlier than after a millisecond. */
const SHORT_REST_MS = 0.5;

/** Returns how long reads rest after a turn. Without events, reads may take the whole thread. */
export function restAfterTurn(tookMs: number, hadEvents: boolean): number {
  return hadEvents ? EVENT_PARTS * tookMs : 0;
}

/**
 * Gives reads a share of an ingest thread. One read begins per turn of the event loop, and after it reads rest, if events arrived
 * meanwhile. Clients take turns, so one that reads flat out delays itself.
 */
export class ReadTurns {
  /** By client. */
  readonly #waiting = new FairQueue<PromiseWithResolvers<void>>();
  readonly #restMs: typeof restAfterTurn;
  /** Since the last turn. */
  #hasEvents = false;
  #restUntilMs = 0;
  #isScheduled = false;

  constructor(restMs = restAfterTurn) {
    this.#restMs = restMs;
  }

  /** Called for each request with events. */
  noteEvents(): void {
    this.#hasEvents = true;
  }

  /**
   * Resolves when a read of the client may begin.
   *
   * @throws QueueFlowError `reads_overloaded` when too many wait.
   */
  async next(client: string): Promise<void> {
    const turn = Promise.withResolvers<void>();
    const refused = this.#waiting.add(client, turn, WAITING_MAX);
    if (refused === turn) throw overloaded();
    refused?.reject(overloaded());
    this.#schedule();
    await turn.promise;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    const restMs = this.#restUntilMs - performance.now();
    if (restMs > SHORT_REST_MS) setTimeout(() => this.#begin(), restMs);
    else setImmediate(() => this.#begin());
  }

  #begin(): void {
    const startedAtMs = performance.now();
    this.#waiting.take()?.resolve();
    setImmediate(() => {
      const nowMs = performance.now();
      this.#restUntilMs = nowMs + this.#restMs(nowMs - startedAtMs, this.#hasEvents);
      this.#hasEvents = false;
      this.#isScheduled = false;
      this.#schedule();
    });
  }
}

function overloaded(): QueueFlowError {
  return new QueueFlowError("reads_overloaded", "Too many requests already wait in this thread");
}
