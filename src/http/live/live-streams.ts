import { QueueFlowError } from "../../errors.ts";
import type { AskLive } from "./ask-live.ts";
import {
  LISTENERS_MAX,
  LISTENERS_OF_CLIENT_MAX,
  PUBLIC_LISTENERS_MAX,
  SITES_MAX,
} from "./limits.ts";
import { LiveListener } from "./live-listener.ts";
import { LiveWatch } from "./live-watch.ts";

/** Rules of access reach a thread within 500 ms, so that a stream ends within a second of the end of its key. */
const TICK_MS = 250;
const RETRY_AFTER_S = 10;

export interface ListenerOptions {
  /** What the limit of a client counts for. */
  readonly client: string;
  /** Whether it came by a public link. */
  readonly isPublic: boolean;
  /** Whether the client may still read. */
  readonly isAdmitted: () => Promise<boolean>;
  /** Called once, when nothing more is sent. */
  readonly onLeft: () => void;
}

/** The open streams of a thread. A site is asked about once a second at most, however many listen. */
export class LiveStreams {
  readonly #ask: AskLive;
  /** Throws when no question will ever be answered. */
  readonly #expectAnswers: () => void;
  /** In order of turns. */
  readonly #watches = new Map<string, LiveWatch>();
  readonly #ofClient = new Map<string, number>();
  #listeners = 0;
  #publicListeners = 0;
  #isAsking = false;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(ask: AskLive, expectAnswers: () => void) {
    this.#ask = ask;
    this.#expectAnswers = expectAnswers;
  }

  /**
   * Returns the body of a response that lasts until the client leaves, may no longer read, or does not read.
   *
   * @throws QueueFlowError `reports_disabled`, `rate_limited`, `reads_overloaded`, `shutting_down`.
   */
  open(siteId: string, options: ListenerOptions): ReadableStream<Uint8Array> {
    this.#expectAnswers();
    this.#expectRoom(siteId, options);
    const watch = this.#watches.get(siteId) ?? new LiveWatch(siteId, this.#ask);
    const onLeft = (): void => {
      this.#left(watch, listener);
      options.onLeft();
    };
    const listener = new LiveListener({ ...options, onLeft });
    this.#watches.set(siteId, watch);
    this.#count(listener, 1);
    watch.add(listener);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    this.#askDue();
    return listener.body;
  }

  /** Ends all streams. */
  stop(): void {
    this.#isStopped = true;
    for (const { listeners } of this.#watches.values()) {
      for (const listener of listeners) listener.end();
    }
  }

  #expectRoom(siteId: string, { client, isPublic }: ListenerOptions): void {
    if (this.#isStopped) {
      throw new QueueFlowError("shutting_down", "The server is shutting down");
    }
    if ((this.#ofClient.get(client) ?? 0) >= LISTENERS_OF_CLIENT_MAX) {
      const message = `Expected at most ${LISTENERS_OF_CLIENT_MAX} open streams of this address`;
      throw new QueueFlowError("rate_limited", message, { retryAfterS: RETRY_AFTER_S });
    }
    const hasRoom = this.#watches.has(siteId) || this.#watches.size < SITES_MAX;
    const isFull =
      this.#listeners >= LISTENERS_MAX ||
      (isPublic && this.#publicListeners >= PUBLIC_LISTENERS_MAX);
    if (hasRoom && !isFull) return;
    throw new QueueFlowError("reads_overloaded", "Too many live streams are open in this thread");
  }

  #left(watch: LiveWatch, listener: LiveListener): void {
    watch.listeners.delete(listener);
    this.#count(listener, -1);
    if (watch.listeners.size > 0) return;
    watch.stop();
    this.#watches.delete(watch.siteId);
    if (this.#watches.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #count({ client, isPublic }: LiveListener, more: 1 | -1): void {
    this.#listeners += more;
    if (isPublic) this.#publicListeners += more;
    const left = (this.#ofClient.get(client) ?? 0) + more;
    if (left === 0) this.#ofClient.delete(client);
    else this.#ofClient.set(client, left);
  }

  #tick(): void {
    const nowMs = performance.now();
    for (const watch of this.#watches.values()) watch.tick(nowMs);
    this.#askDue();
  }

  #askDue(): void {
    if (this.#isAsking) return;
    const nowMs = performance.now();
    const due = this.#watches.values().find((watch) => watch.isDue(nowMs));
    if (due !== undefined) void this.#askAbout(due);
  }

  /** One site at a time, and then a rest as long: accepting and reports go on however many sites are watched. */
  async #askAbout(watch: LiveWatch): Promise<void> {
    this.#watches.delete(watch.siteId);
    this.#watches.set(watch.siteId, watch);
    this.#isAsking = true;
    const startedAtMs = performance.now();
    const frame = await watch.ask();
    const shown = frame.isShared ? this.#watches.values() : [watch];
    for (const each of shown) each.show(frame);
    setTimeout(() => {
      this.#isAsking = false;
      this.#askDue();
    }, performance.now() - startedAtMs);
  }
}
