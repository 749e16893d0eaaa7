import { Redis } from "ioredis";
import { backoffMs } from "../../../async/backoff.ts";
import { errorText } from "../../../errors.ts";
import type { RedisAddress, SentinelUrl } from "../../../redis-nodes.ts";
import { type NodeAccess, nodeSettings } from "./ask-node.ts";

/** Published by the sentinel that was elected to replace the master, two of its turns of 100 ms before it promotes a replica. */
const FAILOVER_BEGUN = "+failover-state-select-slave";
const SWITCHED = "+switch-master";
const RETRY_DELAY = { minMs: 100, maxMs: 2_000 };
const CONNECT_MS_MAX = 2_000;
const KEEP_ALIVE_MS = 5_000;

export interface SentinelEventsOptions {
  readonly access: () => NodeAccess;
  /** The master loses what it takes from now on. */
  readonly onFailoverBegun: () => void;
  readonly onMaster: (address: RedisAddress) => void;
  /** Events before were missed. */
  readonly onSubscribed: () => void;
  /** Returns whether there are credentials to try. */
  readonly onUnauthenticated: () => boolean;
}

/** Listens to all sentinels, since each publishes only what it knows. */
export class SentinelEvents {
  readonly #master: string;
  readonly #options: SentinelEventsOptions;
  readonly #connections = new Map<string, Redis>();
  #isClosed = false;

  constructor({ nodes, master }: SentinelUrl, options: SentinelEventsOptions) {
    this.#master = master;
    this.#options = options;
    for (const node of nodes) this.#listen(node);
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#connections.values()) connection.disconnect();
  }

  #listen(node: RedisAddress): void {
    const redis = new Redis({
      ...nodeSettings(node, this.#options.access()),
      connectTimeout: CONNECT_MS_MAX,
      commandTimeout: CONNECT_MS_MAX,
      keepAlive: KEEP_ALIVE_MS,
      autoResubscribe: false,
      retryStrategy: (attempt) => backoffMs(attempt, RETRY_DELAY),
    });
    this.#connections.set(`${node.host}:${node.port}`, redis);
    // The next call of `locate` says why no sentinel answers.
    redis.on("error", () => undefined);
    redis.on("ready", () => void this.#subscribe(redis, node));
    redis.on("message", (channel: string, message: string) => this.#take(channel, message));
  }

  /** Never rejects. */
  async #subscribe(redis: Redis, node: RedisAddress): Promise<void> {
    try {
      await redis.subscribe(FAILOVER_BEGUN, SWITCHED);
      this.#options.onSubscribed();
    } catch (error) {
      if (this.#isClosed) return;
      const isOpen = /\bNOAUTH\b/.test(errorText(error)) && this.#options.onUnauthenticated();
      if (!isOpen) {
        redis.disconnect(true);
        return;
      }
      redis.disconnect();
      this.#listen(node);
    }
  }

  #take(channel: string, message: string): void {
    const words = message.split(" ");
    // "master NAME IP PORT"
    if (channel === FAILOVER_BEGUN && words[1] === this.#master) this.#options.onFailoverBegun();
    // "NAME OLD-IP OLD-PORT IP PORT"
    if (channel !== SWITCHED || words[0] !== this.#master) return;
    this.#options.onMaster({ host: words[3] ?? "", port: Number(words[4]) });
  }
}
