import type { DailyQuotas } from "../../access/limits/daily-quotas.ts";
import { every } from "../../async/every.ts";
import { shareInFlight } from "../../async/share-in-flight.ts";
import { errorText } from "../../errors.ts";
import { Condition } from "../../log/condition.ts";
import type { Log } from "../../log/log.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { addQuotaCounts } from "./quota-counts.ts";

/** How long threads do not know of each other's counts. */
const INTERVAL_MS = 2_000;
/** Between flushes that are asked for beside. */
const PAUSE_MS = 100;

export interface QuotaFlushesOptions {
  readonly stream: string;
  readonly quotas: DailyQuotas;
  readonly log: Log;
  /** UTC day, YYYY-MM-DD. */
  readonly readDate: () => Promise<string>;
}

export interface QuotaFlushes {
  /** Sends counts and reads totals now. Never rejects. */
  readonly flush: () => Promise<void>;
  /** Sends what is left, unless Redis is away. */
  readonly stop: () => Promise<void>;
}

/** While Redis is away, quotas go on with what the thread knows; its connection reports the failure. */
export function startQuotaFlushes(
  redis: RedisConnection,
  { stream, quotas, readDate, log }: QuotaFlushesOptions,
): QuotaFlushes {
  const counter = { stream, runId: Bun.randomUUIDv7() };
  const condition = new Condition(log, "Events of quotas are counted again");
  const stopping = new AbortController();
  const flush = shareInFlight(async () => {
    if (!quotas.isInUse) return;
    const next = quotas.nextFlush(await readDate());
    if (next === undefined) return;
    try {
      quotas.flushed(next, await addQuotaCounts(redis, counter, next));
      condition.recover();
    } catch (error) {
      // The connection itself logs when it is lost.
      if (redis.status !== "ready") return;
      const message = "Events of quotas could not be counted in Redis, retrying";
      condition.fail({ level: "warn", message, fields: { error: errorText(error) } });
    }
  }, PAUSE_MS);
  const flushing = every(INTERVAL_MS, flush, stopping.signal);
  return {
    flush,
    async stop() {
      stopping.abort();
      await flushing;
      // The first may send an older flush again.
      await flush();
      await flush();
    },
  };
}
