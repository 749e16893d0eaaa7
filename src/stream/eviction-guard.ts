import type { QueueFlowError } from "../errors.ts";
import { evictionRefusal, readEvictionPolicy } from "./inspect/eviction-policy.ts";
import type { RedisConnection } from "./redis/redis-connection.ts";

/** How long a changed policy may go unnoticed, in milliseconds. */
const CHECK_INTERVAL_MS = 1_000;

/** Tells whether Redis may evict the stream, so that nothing is appended to it then. */
export class EvictionGuard {
  readonly #redis: RedisConnection;
  readonly #timer: Timer;
  readonly #onReady = () => void this.check();
  #policy: string | undefined;

  /** Checks now, every second, and whenever the connection is ready again; ends with `stop`. */
  constructor(redis: RedisConnection) {
    this.#redis = redis;
    this.#timer = setInterval(this.#onReady, CHECK_INTERVAL_MS);
    this.#timer.unref();
    redis.on("ready", this.#onReady);
    redis.once("end", () => this.stop());
    void this.check();
  }

  /** Reads the policy; when Redis does not tell it, the last one known stands. Never rejects. */
  async check(): Promise<void> {
    this.#policy = (await readEvictionPolicy(this.#redis)) ?? this.#policy;
  }

  /** Why nothing may be appended: `redis_evicts`; undefined when Redis keeps the stream, as far as it is known. */
  get refusal(): QueueFlowError | undefined {
    return evictionRefusal(this.#policy);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#redis.off("ready", this.#onReady);
  }
}
