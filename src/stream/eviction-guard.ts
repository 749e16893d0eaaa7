import { QueueFlowError } from "../errors.ts";
import { mayEvictStream, readSettings } from "./inspect/redis-settings.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";

const CHECK_INTERVAL_MS = 1_000;

export class EvictionGuard {
  readonly #redis: RedisConnection;
  readonly #timer: Timer;
  readonly #onReady = () => void this.check();
  /** Why events must be refused now. */
  refusal: QueueFlowError | undefined;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
    this.#timer = setInterval(this.#onReady, CHECK_INTERVAL_MS);
    this.#timer.unref();
    redis.on("ready", this.#onReady);
    redis.once("end", () => this.stop());
    void this.check();
  }

  /** Keeps the last known policy when Redis does not report it. Never rejects. */
  async check(): Promise<void> {
    const policy = (await readSettings(this.#redis))?.get("maxmemory-policy");
    if (policy !== undefined) this.refusal = evictionRefusal(policy);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#redis.off("ready", this.#onReady);
  }
}

export function evictionRefusal(policy: string | undefined): QueueFlowError | undefined {
  if (policy === undefined || !mayEvictStream(policy)) return undefined;
  return new QueueFlowError(
    "redis_evicts",
    `Expected Redis to have maxmemory-policy noeviction, got ${policy}, which may evict accepted events: set it with CONFIG SET and in its configuration file`,
  );
}
