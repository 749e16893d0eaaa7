import { QueueFlowError } from "../../errors.ts";
import { DAY_MS } from "../../event/day.ts";
import type { DailyQuotas } from "./daily-quotas.ts";
import { overLimit } from "./demand.ts";

/** What a request takes from the quota of a key or a site. */
export interface QuotaDemand {
  readonly name: string;
  readonly eventsPerDay: number;
  /** UTC day, YYYY-MM-DD. */
  readonly date: string;
  readonly events: number;
  /** In an error, such as "this key". */
  readonly who: string;
}

/** @throws QueueFlowError `batch_over_limit` when a whole day's quota is not enough. */
export function checkQuotaSizes(demands: readonly QuotaDemand[]): void {
  const over = demands.find(({ events, eventsPerDay }) => events > Math.max(eventsPerDay, 1));
  if (over === undefined) return;
  const { who, events: units, eventsPerDay: max } = over;
  throw overLimit({ who, units, max, name: "daily quota" });
}

/** @throws QueueFlowError `quota_exhausted`. */
export function checkQuotas(
  demands: readonly QuotaDemand[],
  { quotas, utcMs }: { readonly quotas: DailyQuotas; readonly utcMs: number },
): void {
  const exhausted = demands.find(
    ({ name, date, events, eventsPerDay }) => quotas.used(name, date) + events > eventsPerDay,
  );
  if (exhausted === undefined) return;
  const { eventsPerDay, date, who } = exhausted;
  const sentence = `Expected at most ${eventsPerDay} events on ${date} (UTC), the daily quota of ${who}`;
  const retryAfterS = Math.ceil((DAY_MS - (utcMs % DAY_MS)) / 1_000);
  throw new QueueFlowError("quota_exhausted", sentence, { retryAfterS });
}
