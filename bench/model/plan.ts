import { COSTS, type Costs } from "./costs.ts";
import { predict } from "./predict.ts";

/** What the operator allows, and what the clients do. */
export interface Assumptions {
  /** Share of a core, and of a database's turn, that is used at the peak rate: the rest is for failures, reports and upkeep. */
  readonly usedShare: number;
  readonly eventsPerRequest: number;
  /** How long an event waits at most for others of its flush while Redis is busy. */
  readonly flushMs: number;
  /** Replicas of a Redis master, and standbys of a PostgreSQL. */
  readonly copies: number;
}

export const ASSUMPTIONS: Assumptions = {
  usedShare: 0.6,
  eventsPerRequest: 1,
  flushMs: 5,
  copies: 1,
};

/** How many of what a peak rate takes. Bytes are per second, unless the name says otherwise. */
export interface Plan {
  readonly ingestThreads: number;
  readonly redisMasters: number;
  /** Events that a master appends in one flush of a thread. */
  readonly eventsPerFlush: number;
  readonly consumerThreads: number;
  /** Independent PostgreSQL servers, each with the sites of an engine. */
  readonly databases: number;
  /** Of each of them. */
  readonly databaseCores: number;
  /** Of one Citus in their place. */
  readonly coordinatorCores: number;
  readonly workerCores: number;
  readonly clientBytes: number;
  /** Into and out of all masters, replicas included. */
  readonly redisBytes: number;
  readonly appendOnlyBytes: number;
  readonly fsyncs: number;
  readonly walBytes: number;
  readonly backlogBytesPerHour: number;
  readonly rowBytesPerDay: number;
  readonly chunkBytesPerDay: number;
}

const US_PER_S = 1e6;
const SECONDS_PER_HOUR = 3_600;
const HOURS_PER_DAY = 24;
const ROUNDS_MAX = 20;

/** Returns what a peak rate takes. Sizes per hour and day are those of a rate that never falls. */
export function planFor(
  eventsPerSecond: number,
  assumptions: Partial<Assumptions> = {},
  costs: Costs = COSTS,
): Plan {
  const { usedShare, eventsPerRequest, flushMs, copies } = { ...ASSUMPTIONS, ...assumptions };
  const cores = (us: number): number => (eventsPerSecond * us) / (US_PER_S * usedShare);
  const { threads, masters, eventsPerFlush } = appending(eventsPerSecond, {
    costs,
    eventsPerRequest,
    flushesPerThread: 1_000 / flushMs,
    usedShare,
  });
  const databases = Math.ceil(cores(costs.serialUs));
  const postgresUs = costs.postgresStoreUs + costs.postgresPackUs;
  const redisBytes = costs.redisInBytes + costs.redisOutBytes + copies * costs.appendOnlyBytes;
  const perDay = eventsPerSecond * SECONDS_PER_HOUR * HOURS_PER_DAY;
  return {
    ingestThreads: threads,
    redisMasters: masters,
    eventsPerFlush,
    consumerThreads: Math.max(databases, Math.ceil(cores(costs.consumerUs + costs.packerUs))),
    databases,
    databaseCores: Math.ceil(cores(postgresUs) / databases),
    coordinatorCores: Math.ceil(cores(costs.citusCoordinatorUs)),
    workerCores: Math.ceil(cores(costs.citusUs - costs.citusCoordinatorUs + costs.postgresPackUs)),
    clientBytes: eventsPerSecond * (costs.eventBytes + costs.requestBytes / eventsPerRequest),
    redisBytes: eventsPerSecond * redisBytes,
    appendOnlyBytes: eventsPerSecond * costs.appendOnlyBytes,
    fsyncs: Math.min(eventsPerSecond / eventsPerFlush, (masters * 1_000) / flushMs),
    walBytes: eventsPerSecond * costs.walBytes,
    backlogBytesPerHour: eventsPerSecond * costs.backlogBytes * SECONDS_PER_HOUR,
    rowBytesPerDay: perDay * costs.rowBytes,
    chunkBytesPerDay: perDay * costs.chunkBytes,
  };
}

interface Appending {
  readonly costs: Costs;
  readonly eventsPerRequest: number;
  /** Per second. */
  readonly flushesPerThread: number;
  readonly usedShare: number;
}

/** More threads flush smaller parts, which costs threads and masters more: repeated until neither changes. */
function appending(
  eventsPerSecond: number,
  { costs, eventsPerRequest, flushesPerThread, usedShare }: Appending,
): { readonly threads: number; readonly masters: number; readonly eventsPerFlush: number } {
  let threads = 1;
  let masters = 1;
  let eventsPerFlush = 1;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    eventsPerFlush = Math.max(1, eventsPerSecond / (threads * flushesPerThread));
    const { ingestUs, redisAppendUs, redisReadUs } = predict(
      { eventsPerRequest, eventsPerFlush },
      costs,
    );
    const needed = (us: number): number =>
      Math.ceil((eventsPerSecond * us) / (US_PER_S * usedShare));
    const next = { threads: needed(ingestUs), masters: needed(redisAppendUs + redisReadUs) };
    if (next.threads === threads && next.masters === masters) break;
    threads = Math.max(threads, next.threads);
    masters = next.masters;
  }
  return { threads, masters, eventsPerFlush: Math.round(eventsPerFlush) };
}
