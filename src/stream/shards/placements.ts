import { QueueFlowError } from "../../errors.ts";

/** Leaves time for two more shards when two share a server that hangs, and is rare for an `appendfsync` that waits for its disk. */
const SILENCE_MS_MAX = 300;
const APPEND_MS_MAX = 900;
const CHECK_INTERVAL_MS = 50;

export interface ShardChoice<Shard> {
  /** Returns a shard that was not tried; undefined without one. */
  readonly next: (tried: readonly Shard[]) => Shard | undefined;
  /** As `next`, of those that work. */
  readonly nextWorking: (tried: readonly Shard[]) => Shard | undefined;
  /** Returns for how long a shard has answered nothing. */
  readonly silenceMs: (shard: Shard, nowMs: number) => number;
  readonly onSilent: (shard: Shard) => void;
  /** By default, leaves time to send the 503 within a second. */
  readonly appendMsMax?: number | undefined;
}

interface Placement {
  readonly startedAtMs: number;
  /** Tries another shard if the last one is silent. Fails if there is no time left. */
  readonly check: (nowMs: number) => void;
}

/** Appends in progress. One whose shard fails or is silent goes to another shard as well, and the first answer counts. */
export class Placements<Shard> {
  readonly #choice: ShardChoice<Shard>;
  /** Oldest first. */
  readonly #open = new Set<Placement>();
  #timer: Timer | undefined;

  constructor(choice: ShardChoice<Shard>) {
    this.#choice = choice;
  }

  /** @throws what the last shard does; QueueFlowError `stream_unavailable` when none answers in time. */
  place<Result>(first: Shard, append: (shard: Shard) => Promise<Result>): Promise<Result> {
    const { next, nextWorking, silenceMs, onSilent, appendMsMax = APPEND_MS_MAX } = this.#choice;
    const open = this.#open;
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const startedAtMs = performance.now();
    const tried: Shard[] = [];
    let current = first;
    let triedAtMs = startedAtMs;
    let unanswered = 0;
    let lastError: unknown;
    const placement = { startedAtMs, check };
    open.add(placement);
    void tryShard(first, startedAtMs);
    this.#watch();
    return promise;

    /** Never rejects. */
    async function tryShard(shard: Shard, nowMs: number): Promise<void> {
      current = shard;
      triedAtMs = nowMs;
      tried.push(shard);
      unanswered += 1;
      try {
        const result = await append(shard);
        open.delete(placement);
        resolve(result);
      } catch (error) {
        unanswered -= 1;
        lastError = error;
        if (unanswered === 0 && open.has(placement)) tryAfterFailure();
      }
    }
    function tryAfterFailure(): void {
      const nowMs = performance.now();
      const shard = nowMs - startedAtMs < appendMsMax ? next(tried) : undefined;
      if (shard === undefined) fail();
      else void tryShard(shard, nowMs);
    }
    function check(nowMs: number): void {
      if (nowMs - startedAtMs >= appendMsMax) {
        fail();
        return;
      }
      const isWaiting = nowMs - triedAtMs < SILENCE_MS_MAX;
      if (isWaiting || silenceMs(current, nowMs) < SILENCE_MS_MAX) return;
      onSilent(current);
      const shard = nextWorking(tried);
      if (shard !== undefined) void tryShard(shard, nowMs);
    }
    function fail(): void {
      open.delete(placement);
      reject(lastError ?? unanswering());
    }
  }

  #watch(): void {
    this.#timer ??= setInterval(() => this.#check(), CHECK_INTERVAL_MS);
    this.#timer.unref();
  }

  #check(): void {
    const nowMs = performance.now();
    for (const { startedAtMs, check } of this.#open) {
      if (nowMs - startedAtMs < SILENCE_MS_MAX) break;
      check(nowMs);
    }
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function unanswering(): QueueFlowError {
  return new QueueFlowError("stream_unavailable", "No shard of the stream answered in time");
}
