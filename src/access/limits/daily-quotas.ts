/** Counts for Redis, repeated with the same sequence number until it has them. */
export interface QuotaFlush {
  /** UTC day, YYYY-MM-DD. */
  readonly date: string;
  readonly sequence: number;
  /** By the name of the quota; 0 asks for the total. */
  readonly counts: ReadonlyMap<string, number>;
}

interface Usage {
  /** Of all threads and processes, when Redis was last asked. Undefined before. */
  stored: number | undefined;
  /** Since the last flush. Quotas that nobody uses are not asked for. */
  isUsed: boolean;
  sending: number;
  unsent: number;
}

/**
 * Counts the events of the sites and keys with a quota, for one UTC day. Redis adds up the counts of all threads; between flushes, a thread knows
 * its own only.
 */
export class DailyQuotas {
  #date = "";
  #usages = new Map<string, Usage>();
  #flush: QuotaFlush | undefined;
  #sequence = 0;
  #isAsking = false;
  /** Whether the day began while this thread ran, so that nothing was counted before. */
  #hasSeenItBegin = false;

  used(name: string, date: string): number {
    const usage = this.#usage(name, date);
    usage.isUsed = true;
    const { stored = 0, sending, unsent } = usage;
    return stored + sending + unsent;
  }

  /** Asks for the totals of these quotas with the next flush, so that they are known before somebody uses them. */
  expect(names: Iterable<string>, date: string): void {
    this.#begin(date);
    for (const name of names) if (!this.#usages.has(name)) this.#add(name, undefined);
  }

  /** Whether a site or key with a quota has sent events on the last day that was asked for. */
  get isInUse(): boolean {
    return this.#usages.size > 0;
  }

  /** Whether Redis has not yet told the total of a quota. */
  get isAsking(): boolean {
    return this.#isAsking;
  }

  /** Gives back a negative number. What is given back after the end of its day counts for nobody. */
  take(name: string, { date, events }: { date: string; events: number }): void {
    if (events < 0 && date !== this.#date) return;
    const usage = this.#usage(name, date);
    usage.unsent += events;
    usage.isUsed = true;
  }

  /** Returns the flush in progress, a new one, or undefined while nobody with a quota sends. */
  nextFlush(date: string): QuotaFlush | undefined {
    this.#begin(date);
    if (this.#flush !== undefined) return this.#flush;
    const counts = new Map<string, number>();
    for (const [name, usage] of this.#usages) {
      if (!usage.isUsed && usage.stored !== undefined) continue;
      counts.set(name, usage.unsent);
      usage.sending = usage.unsent;
      usage.unsent = 0;
      usage.isUsed = false;
    }
    if (counts.size === 0) return undefined;
    this.#sequence += 1;
    this.#flush = { date, sequence: this.#sequence, counts };
    return this.#flush;
  }

  /** `totals` include the flush. */
  flushed(flush: QuotaFlush, totals: ReadonlyMap<string, number>): void {
    if (flush !== this.#flush) return;
    this.#flush = undefined;
    for (const [name, stored] of totals) {
      const usage = this.#usages.get(name);
      if (usage !== undefined) Object.assign(usage, { stored, sending: 0 });
    }
    this.#isAsking = this.#usages.values().some(({ stored }) => stored === undefined);
  }

  #usage(name: string, date: string): Usage {
    this.#begin(date);
    return this.#usages.get(name) ?? this.#add(name, this.#hasSeenItBegin ? 0 : undefined);
  }

  #add(name: string, stored: number | undefined): Usage {
    const usage: Usage = { stored, sending: 0, unsent: 0, isUsed: false };
    this.#usages.set(name, usage);
    if (stored === undefined) this.#isAsking = true;
    return usage;
  }

  /** The counts of a day that is over decide nothing any more. */
  #begin(date: string): void {
    if (date === this.#date) return;
    this.#hasSeenItBegin = this.#date !== "" && date > this.#date;
    this.#date = date;
    this.#usages = new Map();
    this.#flush = undefined;
    this.#isAsking = false;
  }
}
