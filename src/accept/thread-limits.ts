import type { Admission, Client, Limiter } from "../access/limits/limiter.ts";

export interface QuotaSources {
  /** Milliseconds since 1970, of the clock that ends the day. */
  readonly utcMs: () => number;
  /** Asks Redis for the totals of the quotas. Never rejects. */
  readonly readTotals: () => Promise<void>;
}

/** The limits of a thread, now. */
export class ThreadLimits {
  readonly #limiter: Limiter;
  readonly #quotas: QuotaSources;

  constructor(limiter: Limiter, quotas: QuotaSources) {
    this.#limiter = limiter;
    this.#quotas = quotas;
  }

  /** Whether nothing is limited. */
  get isOff(): boolean {
    return this.#limiter.isOff;
  }

  get needsAddress(): boolean {
    return this.#limiter.limitsAddresses;
  }

  /** @throws QueueFlowError as the limiter. */
  admitRequest(client: Client): void {
    this.#limiter.admitRequest(client, performance.now());
  }

  /**
   * After a start, waits until the totals of quotas are known, or Redis has failed to tell them.
   *
   * @throws QueueFlowError as the limiter.
   */
  async admitEvents(
    client: Client,
    events: readonly { readonly siteId: string }[],
  ): Promise<Admission> {
    if (this.#limiter.quotas.isAsking) await this.#quotas.readTotals();
    const instant = { nowMs: performance.now(), utcMs: this.#quotas.utcMs() };
    return this.#limiter.admitEvents(client, events, instant);
  }

  giveBack(admission: Admission): void {
    this.#limiter.giveBack(admission, performance.now());
  }
}
