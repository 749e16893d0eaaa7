import type { Key, Limits, Site } from "../access-document.ts";
import { type Rate, rateOf } from "./rate.ts";
import { namedSubject, type Subject } from "./subject.ts";

export interface LimitedSubjects {
  readonly keys: readonly Pick<Key, "keyId" | "limits">[];
  readonly sites: readonly Pick<Site, "siteId" | "limits">[];
}

export interface SubjectLimits {
  readonly subject: Subject;
  /** Such as "site:example.com". */
  readonly quotaName: string;
  readonly events: Rate | undefined;
  readonly requests: Rate | undefined;
  readonly eventsPerDay: number | undefined;
}

/** Only those that have a limit. */
export interface LimitRules {
  readonly keys: ReadonlyMap<string, SubjectLimits>;
  readonly sites: ReadonlyMap<string, SubjectLimits>;
}

export const NO_RULES: LimitRules = { keys: new Map(), sites: new Map() };

export function limitRulesOf({ keys, sites }: LimitedSubjects): LimitRules {
  return {
    keys: new Map(
      keys.flatMap(({ keyId, limits }) => entriesOf({ kind: "key", name: keyId, limits })),
    ),
    sites: new Map(
      sites.flatMap(({ siteId, limits }) => entriesOf({ kind: "site", name: siteId, limits })),
    ),
  };
}

function entriesOf({
  kind,
  name,
  limits,
}: {
  kind: "key" | "site";
  name: string;
  limits: Limits;
}): readonly (readonly [string, SubjectLimits])[] {
  const { events_per_second, requests_per_second, burst_seconds, events_per_day } = limits;
  const rate = (perSecond: number | undefined) =>
    perSecond === undefined ? undefined : rateOf(perSecond, burst_seconds);
  const events = rate(events_per_second);
  const requests = rate(requests_per_second);
  if ((events ?? requests ?? events_per_day) === undefined) return [];
  let subject: Subject | undefined;
  const limited: SubjectLimits = {
    // Hashed on use: all of 100,000 names would stop a thread for half a second.
    get subject() {
      subject ??= namedSubject(kind, name);
      return subject;
    },
    quotaName: `${kind}:${name}`,
    events,
    requests,
    eventsPerDay: events_per_day,
  };
  return [[name, limited]];
}
