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
  /** By client, in order of turns. */
  readonly #waiting = new Map<string, PromiseWithResolvers<void>[]>();
  readonly #restMs: typeof restAfterTurn;
  #count = 0;
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
    this.#makeRoom(client);
    const turn = Promise.withResolvers<void>();
    const ofClient = this.#waiting.get(client);
    if (ofClient === undefined) this.#waiting.set(client, [turn]);
    else ofClient.push(turn);
    this.#count += 1;
    this.#schedule();
    await turn.promise;
  }

  /** When full, refuses the newest waiting read of the client with the most. */
  #makeRoom(client: string): void {
    if (this.#count < WAITING_MAX) return;
    const own = this.#waiting.get(client) ?? [];
    let longest = own;
    for (const ofClient of this.#waiting.values()) {
      if (ofClient.length > longest.length + 1) longest = ofClient;
    }
    if (longest === own) throw overloaded();
    longest.pop()?.reject(overloaded());
    this.#count -= 1;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#count === 0) return;
    this.#isScheduled = true;
    const restMs = this.#restUntilMs - performance.now();
    if (restMs > SHORT_REST_MS) setTimeout(() => this.#begin(), restMs);
    else setImmediate(() => this.#begin());
  }

  #begin(): void {
    const startedAtMs = performance.now();
    this.#take()?.resolve();
    setImmediate(() => {
      const nowMs = performance.now();
      this.#restUntilMs = nowMs + this.#restMs(nowMs - startedAtMs, this.#hasEvents);
      this.#hasEvents = false;
      this.#isScheduled = false;
      this.#schedule();
    });
  }

  #take(): PromiseWithResolvers<void> | undefined {
    for (const [client, [first, ...others]] of this.#waiting) {
      this.#waiting.delete(client);
      if (others.length > 0) this.#waiting.set(client, others);
      if (first === undefined) continue;
      this.#count -= 1;
      return first;
    }
    return undefined;
  }
}

function overloaded(): QueueFlowError {
  return new QueueFlowError("reads_overloaded", "Too many requests already wait in this thread");
}
