import { asQueueFlowError } from "../../errors.ts";
import type { AskLive } from "./ask-live.ts";
import { SILENCE_MS_MAX } from "./limits.ts";
import {
  COMMENT_FRAME,
  FIRST_FRAME,
  type LiveFrame,
  liveFrame,
  unavailableFrame,
} from "./live-frames.ts";
import type { LiveListener } from "./live-listener.ts";

/** Between two questions. */
const INTERVAL_MS = 1_000;
/** A site whose numbers are asked for as long as somebody listens. */
export class LiveWatch {
  readonly siteId: string;
  readonly listeners = new Set<LiveListener>();
  readonly #ask: AskLive;
  readonly #ending = new AbortController();
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  #last: LiveFrame | undefined;

  constructor(siteId: string, ask: AskLive) {
    this.siteId = siteId;
    this.#ask = ask;
  }

  isDue(nowMs: number): boolean {
    return !this.#isAsking && nowMs - this.#askedAtMs >= INTERVAL_MS;
  }

  add(listener: LiveListener): void {
    this.listeners.add(listener);
    listener.send(FIRST_FRAME);
    if (this.#last !== undefined) listener.send(this.#last.bytes);
  }

  /** Returns what to show. Never rejects. */
  async ask(): Promise<LiveFrame> {
    this.#isAsking = true;
    this.#askedAtMs = performance.now();
    try {
      return liveFrame(await this.#ask(this.siteId, this.#ending.signal));
    } catch (error) {
      return unavailableFrame(asQueueFlowError(error));
    } finally {
      this.#isAsking = false;
    }
  }

  /** Sends an event to all listeners, unless they know it. */
  show(frame: LiveFrame): void {
    if (frame.identity === this.#last?.identity) return;
    this.#last = frame;
    for (const listener of this.listeners) listener.send(frame.bytes);
  }

  tick(nowMs: number): void {
    for (const listener of this.listeners) {
      if (nowMs - listener.sentAtMs >= SILENCE_MS_MAX) listener.send(COMMENT_FRAME);
      void listener.endUnlessAdmitted();
    }
  }

  /** Ends its question. */
  stop(): void {
    this.#ending.abort();
  }
}
