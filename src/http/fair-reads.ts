import { QueueFlowError } from "../errors.ts";
import type { SiteStats, StatsQuery } from "../store/reports/read-stats.ts";

/** Per thread. */
const WAITING_READS_MAX = 64;
/** After a longer wait, a read is refused: PostgreSQL cannot keep up. */
const WAIT_MS_MAX = 1_500;

/** A shorter read needs no rest. */
const CHEAP_READ_MS = 2;
/** A site takes at most a quarter of one core. */
const REST_FACTOR = 3;
const REST_MS_MAX = 100;
/** When the day is already requested again, so that clients share reads. */
const REST_MS_MIN = 10;

export interface FairReadsOptions {
  readonly read: (query: StatsQuery) => Promise<SiteStats>;
  readonly runningMax: number;
  /** `restAfter` unless given. */
  readonly restMs?: typeof restAfter;
}

export function restAfter(tookMs: number, isAskedAgain: boolean): number {
  const restMs = tookMs < CHEAP_READ_MS ? 0 : Math.min(REST_FACTOR * tookMs, REST_MS_MAX);
  return isAskedAgain ? Math.max(restMs, REST_MS_MIN) : restMs;
}

interface WaitingRead {
  query: StatsQuery;
  readonly sinceMs: number;
  readonly result: PromiseWithResolvers<SiteStats>;
}

/**
 * Requests for the same day share the next read, so a response is never older than its request. Sites take turns with one read and
 * a rest, so an expensive site delays only itself.
 */
export class FairReads {
  readonly #options: FairReadsOptions;
  /** By site in order of turns, then by date. */
  readonly #waiting = new Map<string, Map<string, WaitingRead>>();
  readonly #running = new Set<string>();
  readonly #resting = new Set<string>();

  constructor(options: FairReadsOptions) {
    this.#options = options;
  }

  /** @throws QueueFlowError `reads_overloaded` when too many reads wait; any error of `read`. */
  async ask(query: StatsQuery): Promise<SiteStats> {
    const { siteId, date, pathsMax } = query;
    const waiting = this.#waiting.get(siteId)?.get(date);
    if (waiting !== undefined && waiting.query.pathsMax < pathsMax) waiting.query = query;
    const { result } = waiting ?? this.#add(query);
    this.#startReads();
    const stats = await result.promise;
    return { ...stats, top_paths: stats.top_paths.slice(0, pathsMax) };
  }

  #add(query: StatsQuery): WaitingRead {
    this.#makeRoom(query.siteId);
    const ofSite = this.#waiting.get(query.siteId) ?? new Map<string, WaitingRead>();
    const sinceMs = performance.now();
    const waiting = { query, sinceMs, result: Promise.withResolvers<SiteStats>() };
    ofSite.set(query.date, waiting);
    this.#waiting.set(query.siteId, ofSite);
    return waiting;
  }

  /** When full, refuses the newest waiting read of the site with the most. */
  #makeRoom(siteId: string): void {
    let total = 0;
    let longest = this.#waiting.get(siteId) ?? new Map<string, WaitingRead>();
    for (const ofSite of this.#waiting.values()) {
      total += ofSite.size;
      if (ofSite.size > longest.size + 1) longest = ofSite;
    }
    if (total < WAITING_READS_MAX) return;
    const last = [...longest.values()].at(-1);
    if (last === undefined || longest === this.#waiting.get(siteId)) throw overloaded();
    longest.delete(last.query.date);
    last.result.reject(overloaded());
  }

  #startReads(): void {
    for (const [siteId, ofSite] of this.#waiting) {
      if (this.#running.size >= this.#options.runningMax) return;
      if (this.#running.has(siteId) || this.#resting.has(siteId)) continue;
      const next = takeNext(ofSite);
      if (ofSite.size === 0) this.#waiting.delete(siteId);
      if (next !== undefined) void this.#run(next);
    }
  }

  async #run({ query, result }: WaitingRead): Promise<void> {
    const { restMs = restAfter } = this.#options;
    const startedAtMs = performance.now();
    this.#running.add(query.siteId);
    try {
      result.resolve(await this.#options.read(query));
    } catch (error) {
      result.reject(error);
    } finally {
      this.#running.delete(query.siteId);
      this.#moveToEnd(query.siteId);
      const isAskedAgain = this.#waiting.get(query.siteId)?.has(query.date) === true;
      this.#rest(query.siteId, restMs(performance.now() - startedAtMs, isAskedAgain));
      this.#startReads();
    }
  }

  #rest(siteId: string, forMs: number): void {
    if (forMs === 0) return;
    this.#resting.add(siteId);
    const timer = setTimeout(() => {
      this.#resting.delete(siteId);
      this.#startReads();
    }, forMs);
    timer.unref();
  }

  #moveToEnd(siteId: string): void {
    const ofSite = this.#waiting.get(siteId);
    if (ofSite === undefined) return;
    this.#waiting.delete(siteId);
    this.#waiting.set(siteId, ofSite);
  }
}

/** Returns the first read that has not waited too long; refuses earlier ones. */
function takeNext(ofSite: Map<string, WaitingRead>): WaitingRead | undefined {
  for (const [date, waiting] of ofSite) {
    ofSite.delete(date);
    if (performance.now() - waiting.sinceMs < WAIT_MS_MAX) return waiting;
    waiting.result.reject(overloaded());
  }
  return undefined;
}

function overloaded(): QueueFlowError {
  return new QueueFlowError("reads_overloaded", "Too many reads already wait for PostgreSQL");
}
