import { ThreadLimits } from "../accept/thread-limits.ts";
import type { LimitedSubjects } from "../access/limits/limit-rules.ts";
import { limitRulesOf } from "../access/limits/limit-rules.ts";
import { Limiter } from "../access/limits/limiter.ts";
import { rateOf } from "../access/limits/rate.ts";
import type { ConnectedConfig } from "../config/config.ts";
import { utcDate } from "../event/day.ts";
import type { Log } from "../log/log.ts";
import { startQuotaFlushes } from "../stream/access/quota-flushes.ts";
import type { RedisClock } from "../stream/redis/redis-clock.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";
import type { TakenExchange } from "./running-role.ts";

export interface IngestLimits {
  readonly limits: ThreadLimits;
  readonly exchange: TakenExchange;
  /** Applies the limits of these keys and sites from now on. */
  readonly setSubjects: (subjects: LimitedSubjects) => void;
  readonly stop: () => Promise<void>;
}

export interface LimitServers {
  readonly redis: RedisConnection;
  readonly clock: RedisClock;
  readonly log: Log;
}

export function startIngestLimits(
  config: ConnectedConfig,
  { redis, clock, log }: LimitServers,
): IngestLimits {
  const { addressEventsPerSecond, addressRequestsPerSecond, addressBurstSeconds } = config;
  const rate = (perSecond: number) =>
    perSecond === 0 ? undefined : rateOf(perSecond, addressBurstSeconds);
  const limiter = new Limiter({
    address: { events: rate(addressEventsPerSecond), requests: rate(addressRequestsPerSecond) },
    isShared: config.ingestWorkers > 1,
  });
  const utcMs = () => clock.nowMs ?? Date.now();
  const { quotas } = limiter;
  const flushes = startQuotaFlushes(redis, {
    stream: config.stream,
    quotas,
    log,
    readDate: async () => utcDate((await clock.read()) ?? Date.now()),
  });
  return {
    limits: new ThreadLimits(limiter, { utcMs, readTotals: flushes.flush }),
    exchange: {
      collect: () => limiter.collectTaken(),
      add: (taken) => limiter.addTaken(taken, performance.now()),
    },
    setSubjects: (subjects) => {
      limiter.setRules(limitRulesOf(subjects));
      quotas.expect(limiter.quotaNames, utcDate(utcMs()));
      void flushes.flush();
    },
    stop: flushes.stop,
  };
}
