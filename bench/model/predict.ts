import { COSTS, type Costs } from "./costs.ts";

/** What an event costs each part in processor time, in µs, and Redis and PostgreSQL in bytes. */
export interface Predicted {
  readonly ingestUs: number;
  readonly redisAppendUs: number;
  readonly redisReadUs: number;
  readonly consumerUs: number;
  readonly postgresUs: number;
  readonly appendBytes: number;
  readonly walBytes: number;
}

export interface Shape {
  readonly eventsPerRequest: number;
  /** Events that an ingest thread appends in one call, which Redis has on disk with one fsync. */
  readonly eventsPerFlush: number;
}

/** Returns the cost of an event, which does not depend on the number of shards or databases: they share nothing. */
export function predict(
  { eventsPerRequest, eventsPerFlush }: Shape,
  costs: Costs = COSTS,
): Predicted {
  return {
    ingestUs:
      costs.ingestEventUs +
      costs.ingestRequestUs / eventsPerRequest +
      costs.ingestFlushUs / eventsPerFlush,
    redisAppendUs: costs.redisEntryUs + costs.redisFlushUs / eventsPerFlush,
    redisReadUs: costs.redisReadUs,
    consumerUs: costs.consumerUs,
    postgresUs: costs.postgresStoreUs,
    appendBytes: costs.redisInBytes + costs.redisOutBytes,
    walBytes: costs.walBytes,
  };
}
