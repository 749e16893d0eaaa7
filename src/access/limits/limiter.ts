import { utcDate } from "../../event/day.ts";
import type { TakenUnits } from "../../thread-report.ts";
import { Buckets } from "./buckets.ts";
import { DailyQuotas } from "./daily-quotas.ts";
import { checkBursts, type Demand, giveBackAll, takeAll, type Unit } from "./demand.ts";
import { type LimitRules, NO_RULES, type SubjectLimits } from "./limit-rules.ts";
import { checkQuotaSizes, checkQuotas, type QuotaDemand } from "./quota-demand.ts";
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

/** Whom a request counts for. */
interface Party {
  /** In an error, such as "this key". */
  readonly who: string;
  readonly limits: SubjectLimits;
  readonly buckets: BucketsByUnit;
}

type BucketsByUnit = Readonly<Record<Unit, Buckets>>;

/** The limits of one thread. */
export class Limiter {
  readonly quotas = new DailyQuotas();
  readonly #ofAddresses: BucketsByUnit;
  /** Of keys and sites, apart: a flood of addresses must not make room at their expense. */
  readonly #ofSubjects: BucketsByUnit;
  /** All of them. */
  readonly #buckets: readonly Buckets[];
  readonly #address: LimiterOptions["address"];
  #rules = NO_RULES;
  #isOff = true;

  constructor({ address, isShared }: LimiterOptions) {
    this.#address = address;
    const buckets = () => ({
      events: new Buckets({ isShared }),
      requests: new Buckets({ isShared }),
    });
    this.#ofAddresses = buckets();
    this.#ofSubjects = buckets();
    this.#buckets = [this.#ofAddresses, this.#ofSubjects].flatMap(({ events, requests }) => [
      events,
      requests,
    ]);
    this.setRules(NO_RULES);
  }

  setRules(rules: LimitRules): void {
    this.#rules = rules;
    this.#isOff = !this.limitsAddresses && rules.keys.size === 0 && rules.sites.size === 0;
  }

  get quotaNames(): readonly string[] {
    const limits = [...this.#rules.keys.values(), ...this.#rules.sites.values()];
    return limits.flatMap(({ quotaName, eventsPerDay }) =>
      eventsPerDay === undefined ? [] : [quotaName],
    );
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
    const demands: Demand[] = [];
    for (const party of this.#partiesOf(client)) this.#demand(demands, party, ONE_REQUEST);
    const site = client.siteId === undefined ? undefined : this.#siteOf(client.siteId);
    if (site !== undefined) this.#demand(demands, site, ONE_REQUEST);
    takeAll(demands, nowMs);
  }

  /**
   * Takes for all events of a request. Where the client has no site, also takes a request from each site that the events name.
   *
   * @throws QueueFlowError `batch_over_limit`, `quota_exhausted`, `rate_limited`: nothing was taken.
   */
  admitEvents(client: Client, events: readonly SiteEvent[], instant: Instant): Admission {
    const admission = this.#admissionOf(client, events, instant.utcMs);
    const { demands, quotas } = admission;
    checkBursts(demands);
    checkQuotaSizes(quotas);
    checkQuotas(quotas, { quotas: this.quotas, utcMs: instant.utcMs });
    takeAll(demands, instant.nowMs);
    for (const quota of quotas) this.quotas.take(quota.name, quota);
    return admission;
  }

  giveBack({ demands, quotas }: Admission, nowMs: number): void {
    giveBackAll(demands, nowMs);
    for (const { name, date, events } of quotas) this.quotas.take(name, { date, events: -events });
  }

  /** Returns undefined for nothing. */
  collectTaken(): TakenUnits | undefined {
    const taken = this.#buckets.map((each) => each.collectTaken());
    return taken.some(({ length }) => length > 0) ? taken : undefined;
  }

  addTaken(taken: TakenUnits, nowMs: number): void {
    for (const [i, each] of taken.entries()) this.#buckets[i]?.addTaken(each, nowMs);
  }

  #admissionOf(client: Client, events: readonly SiteEvent[], utcMs: number): Admission {
    const demands: Demand[] = [];
    const quotas: QuotaDemand[] = [];
    const add = (party: Party, units: number) => {
      this.#demand(demands, party, { unit: "events", units });
      const { quotaName: name, eventsPerDay } = party.limits;
      if (eventsPerDay === undefined) return;
      quotas.push({ name, who: party.who, eventsPerDay, date: utcDate(utcMs), events: units });
    };
    for (const party of this.#partiesOf(client)) add(party, events.length);
    for (const [siteId, units] of this.#countsOfSites(events)) {
      const site = this.#siteOf(siteId);
      if (site === undefined) continue;
      add(site, units);
      if (client.siteId === undefined) this.#demand(demands, site, ONE_REQUEST);
    }
    return { demands, quotas };
  }

  /** Returns the address and the key, if they are limited. */
  #partiesOf({ address, keyId }: Client): readonly Party[] {
    const parties: Party[] = [];
    if (this.limitsAddresses) {
      const { events, requests } = this.#address;
      const subject = addressSubject(address);
      const limits = { subject, events, requests, quotaName: "", eventsPerDay: undefined };
      parties.push({ who: "this address", limits, buckets: this.#ofAddresses });
    }
    const limits = keyId === undefined ? undefined : this.#rules.keys.get(keyId);
    if (limits !== undefined) parties.push({ who: "this key", limits, buckets: this.#ofSubjects });
    return parties;
  }

  #siteOf(siteId: string): Party | undefined {
    const limits = this.#rules.sites.get(siteId);
    if (limits === undefined) return undefined;
    return { who: `site ${siteId}`, limits, buckets: this.#ofSubjects };
  }

  #demand(demands: Demand[], { who, limits, buckets }: Party, { unit, units }: Amount): void {
    const rate = limits[unit];
    if (rate === undefined) return;
    demands.push({ buckets: buckets[unit], subject: limits.subject, rate, units, unit, who });
  }

  #countsOfSites(events: readonly SiteEvent[]): ReadonlyMap<string, number> {
    if (this.#rules.sites.size === 0) return NO_SITES;
    const counts = new Map<string, number>();
    for (const { siteId } of events) counts.set(siteId, (counts.get(siteId) ?? 0) + 1);
    return counts;
  }
}

interface SiteEvent {
  readonly siteId: string;
}

interface Amount {
  readonly unit: Unit;
  readonly units: number;
}

const ONE_REQUEST: Amount = { unit: "requests", units: 1 };
const NO_SITES: ReadonlyMap<string, number> = new Map();
