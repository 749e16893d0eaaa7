import type { QueueFlowError } from "../errors.ts";
import { evictionRefusal } from "./inspect/eviction-policy.ts";
import { readSettings } from "./inspect/redis-settings.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";

/** A changed policy goes unnoticed for this long at most, in milliseconds. */
const CHECK_INTERVAL_MS = 1_000;

/** Watches the eviction policy. */
export class EvictionGuard {
  readonly #redis: RedisConnection;
  readonly #timer: Timer;
  readonly #onReady = () => void this.check();
  #policy: string | undefined;

  /** Checks now, every second, and whenever the connection is ready again, until `stop` or the end of the connection. */
  constructor(redis: RedisConnection) {
    this.#redis = redis;
    this.#timer = setInterval(this.#onReady, CHECK_INTERVAL_MS);
    this.#timer.unref();
    redis.on("ready", this.#onReady);
    redis.once("end", () => this.stop());
    void this.check();
  }

  /** Reads the policy; keeps the last known one when Redis does not tell it. Never rejects. */
  async check(): Promise<void> {
    const settings = await readSettings(this.#redis);
    this.#policy = settings?.get("maxmemory-policy") ?? this.#policy;
  }

  /** The error `redis_evicts` when the last known policy may evict the stream. */
  get refusal(): QueueFlowError | undefined {
    return evictionRefusal(this.#policy);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#redis.off("ready", this.#onReady);
  }
}
