import { QueueFlowError } from "../../errors.ts";
import { DAY_MS, utcDate } from "../../event/day.ts";
import type { TakenUnits } from "../../thread-report.ts";
import { Buckets } from "./buckets.ts";
import { DailyQuotas } from "./daily-quotas.ts";
import { checkBursts, type Demand, giveBackAll, overLimit, takeAll, type Unit } from "./demand.ts";
import { type LimitRules, NO_RULES, type SubjectLimits } from "./limit-rules.ts";
import type { Rate } from "./rate.ts";
import { addressSubject } from "./subject.ts";

/** Who sends a request. */
export interface Client {
  /** Undefined where it is not known. */
  readonly address: string | undefined;
  readonly keyId?: string | undefined;
  /** The site of the key, or the one that is read; absent when only the events name it. */
  readonly siteId?: string | undefined;
}

export interface Instant {
  /** Of a clock that never goes back. */
  readonly nowMs: number;
  /** Since 1970. */
  readonly utcMs: number;
}

export interface LimiterOptions {
  readonly address: { readonly events: Rate | undefined; readonly requests: Rate | undefined };
  /** Whether other threads serve the same clients. */
  readonly isShared: boolean;
}

/** What was taken for the events of a request. */
export interface Admission {
  readonly demands: readonly Demand[];
  readonly quotas: readonly QuotaDemand[];
}

interface QuotaDemand {
  readonly siteId: string;
  readonly eventsPerDay: number;
  readonly date: string;
  readonly events: number;
}

/** The limits of one thread. */
export class Limiter {
  readonly quotas = new DailyQuotas();
  readonly #buckets: Readonly<Record<Unit, Buckets>>;
  readonly #address: LimiterOptions["address"];
  #rules = NO_RULES;
  #isOff = true;

  constructor({ address, isShared }: LimiterOptions) {
    this.#address = address;
    this.#buckets = { events: new Buckets({ isShared }), requests: new Buckets({ isShared }) };
    this.setRules(NO_RULES);
  }

  setRules(rules: LimitRules): void {
    this.#rules = rules;
    this.#isOff = !this.limitsAddresses && rules.keys.size === 0 && rules.sites.size === 0;
  }

  get limitsAddresses(): boolean {
    return (this.#address.events ?? this.#address.requests) !== undefined;
  }

  /** Whether nothing is limited. */
  get isOff(): boolean {
    return this.#isOff;
  }

  /** @throws QueueFlowError `rate_limited`: nothing was taken. */
  admitRequest(client: Client, nowMs: number): void {
    const demands = this.#demandsOf(client, { unit: "requests", units: 1 });
    const { siteId } = client;
    if (siteId !== undefined) this.#addSite(demands, { siteId, unit: "requests", units: 1 });
    takeAll(demands, nowMs);
  }

  /**
   * Takes for all events of a request. Where the client has no site, also takes a request from each site that the events name.
   *
   * @throws QueueFlowError `batch_over_limit`, `quota_exhausted`, `rate_limited`: nothing was taken.
   */
  admitEvents(
    client: Client,
    events: readonly { readonly siteId: string }[],
    { nowMs, utcMs }: Instant,
  ): Admission {
    const demands = this.#demandsOf(client, { unit: "events", units: events.length });
    const quotas: QuotaDemand[] = [];
    for (const [siteId, units] of this.#countsOfSites(events)) {
      this.#addSite(demands, { siteId, unit: "events", units });
      if (client.siteId === undefined) {
        this.#addSite(demands, { siteId, unit: "requests", units: 1 });
      }
      const eventsPerDay = this.#rules.sites.get(siteId)?.eventsPerDay;
      if (eventsPerDay === undefined) continue;
      quotas.push({ siteId, eventsPerDay, date: utcDate(utcMs), events: units });
    }
    checkBursts(demands);
    for (const quota of quotas) this.#checkQuota(quota, utcMs);
    takeAll(demands, nowMs);
    for (const quota of quotas) this.quotas.take(quota.siteId, quota);
    return { demands, quotas };
  }

  giveBack({ demands, quotas }: Admission, nowMs: number): void {
    giveBackAll(demands, nowMs);
    for (const { siteId, date, events } of quotas) {
      this.quotas.take(siteId, { date, events: -events });
    }
  }

  /** Returns undefined for nothing. */
  collectTaken(): TakenUnits | undefined {
    const events = this.#buckets.events.collectTaken();
    const requests = this.#buckets.requests.collectTaken();
    return events.length + requests.length === 0 ? undefined : { events, requests };
  }

  addTaken({ events, requests }: TakenUnits, nowMs: number): void {
    this.#buckets.events.addTaken(events, nowMs);
    this.#buckets.requests.addTaken(requests, nowMs);
  }

  #demandsOf({ address, keyId }: Client, amount: Amount): Demand[] {
    const demands: Demand[] = [];
    const rate = this.#address[amount.unit];
    if (rate !== undefined) {
      const who = "this address";
      demands.push(this.#demand({ who, subject: addressSubject(address), rate, ...amount }));
    }
    const ofKey = keyId === undefined ? undefined : this.#rules.keys.get(keyId);
    if (ofKey !== undefined) this.#add(demands, { who: "this key", limits: ofKey, ...amount });
    return demands;
  }

  #addSite(demands: Demand[], { siteId, ...amount }: Amount & { readonly siteId: string }): void {
    const limits = this.#rules.sites.get(siteId);
    if (limits !== undefined) this.#add(demands, { who: `site ${siteId}`, limits, ...amount });
  }

  #add(
    demands: Demand[],
    { limits, ...amount }: Amount & { readonly who: string; readonly limits: SubjectLimits },
  ): void {
    const rate = limits[amount.unit];
    if (rate !== undefined) {
      demands.push(this.#demand({ subject: limits.subject, rate, ...amount }));
    }
  }

  #demand(demand: Omit<Demand, "buckets">): Demand {
    return { ...demand, buckets: this.#buckets[demand.unit] };
  }

  #countsOfSites(events: readonly { readonly siteId: string }[]): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    if (this.#rules.sites.size === 0) return counts;
    for (const { siteId } of events) counts.set(siteId, (counts.get(siteId) ?? 0) + 1);
    return counts;
  }

  #checkQuota({ siteId, eventsPerDay, date, events }: QuotaDemand, utcMs: number): void {
    const who = `site ${siteId}`;
    if (events > Math.max(eventsPerDay, 1)) {
      throw overLimit({ who, units: events, max: eventsPerDay, name: "daily quota" });
    }
    if (this.quotas.used(siteId, date) + events <= eventsPerDay) return;
    const sentence = `Expected at most ${eventsPerDay} events on ${date} (UTC) for ${who}, its daily quota`;
    const retryAfterS = Math.ceil((DAY_MS - (utcMs % DAY_MS)) / 1_000);
    throw new QueueFlowError("quota_exhausted", sentence, { retryAfterS });
  }
}

interface Amount {
  readonly unit: Unit;
  readonly units: number;
}
