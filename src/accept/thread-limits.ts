import type { Admission, Client, Limiter } from "../access/limits/limiter.ts";

export interface QuotaSources {
  /** Milliseconds since 1970, of the clock that ends the day. */
  readonly utcMs: () => number;
  /** Asks Redis for the totals of the quotas. */
  readonly readTotals: () => void;
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

  /** @throws QueueFlowError as the limiter. */
  admitEvents(client: Client, events: readonly { readonly siteId: string }[]): Admission {
    const instant = { nowMs: performance.now(), utcMs: this.#quotas.utcMs() };
    const admission = this.#limiter.admitEvents(client, events, instant);
    if (this.#limiter.quotas.isAsking) this.#quotas.readTotals();
    return admission;
  }

  giveBack(admission: Admission): void {
    this.#limiter.giveBack(admission, performance.now());
  }
}
