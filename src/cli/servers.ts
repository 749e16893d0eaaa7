import { join } from "node:path";
import { type ApiUrls, addressesOf, localUrls } from "../api-address.ts";
import { unlessAborted } from "../async/deadline.ts";
import { DATA_DIR, type EngineConfig, readConfig } from "../config/config.ts";
import { type EmbeddedState, findEmbedded } from "../embedded/find-embedded.ts";
import { errorText, QueueFlowError } from "../errors.ts";
import type { Log, LogFields } from "../log/log.ts";
import { databaseAddress, isRedisCluster, serverAddress } from "../server-address.ts";
import { Database } from "../store/database.ts";
import { isDatabaseError, sqlState } from "../store/database-error.ts";
import { remedyFor } from "../store/remedy.ts";
import type { GroupKey } from "../stream/consumer-group.ts";
import {
  closeRedisConnection,
  openRedisConnection,
  type RedisConnection,
  waitUntilReady,
} from "../stream/redis/redis-connection.ts";
import { tlsMismatch } from "../stream/redis/tls-mismatch.ts";
import { readShardsBeyond } from "../stream/shards/announced-shards.ts";
import {
  closeShardConnections,
  connectStreams,
  onShards,
  type ShardConnection,
} from "../stream/shards/shard-connections.ts";
import { CommandFailure, EXIT_INTERRUPTED } from "./command-failure.ts";
import type { Shell } from "./shell.ts";

const REDIS_READY_MS_MAX = 2_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** SQLSTATE of a statement that timed out, and of a lock that was not granted in time. */
const WAITED: ReadonlySet<string | undefined> = new Set(["57014", "55P03"]);
export const RUN_DOCTOR = "run `queueflow doctor` to find the cause";
const LOCKED = "Another session may have locked the table: `queueflow doctor` names it";

export interface ServerWork {
  /** Begins the error message when a server fails, as in "Cannot list the losses". */
  readonly failure: string;
  /** Follows "Stopped" in the message after Ctrl-C: how far the work got. */
  readonly soFar?: () => string;
}

/**
 * Runs a command's work on the configured servers, or on those of the engine running in its folder, and closes the
 * connections. Ctrl-C closes them at once: PostgreSQL then rolls back the open transaction.
 *
 * @throws CommandFailure when a server fails or Ctrl-C is pressed.
 */
export async function withServers<Result>(
  shell: Shell,
  { failure, soFar }: ServerWork,
  work: (servers: Servers, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const servers = new Servers(shell);
  const signal = shell.interruption();
  try {
    return await unlessAborted(work(servers, signal), signal);
  } catch (error) {
    if (!signal.aborted) throw commandFailure(error, failure, servers);
    const how = soFar === undefined ? "" : ` ${soFar()}`;
    throw new CommandFailure(EXIT_INTERRUPTED, `Stopped${how}`);
  } finally {
    await servers.close(signal.aborted ? 0 : CLOSE_TIMEOUT_MS);
  }
}

/** The Redis and the PostgreSQL of a command. Each connection is opened on first use. */
export class Servers {
  readonly config: EngineConfig;
  readonly #dataDir: string;
  readonly #namesApi: boolean;
  #database: Database | undefined;
  #redis: RedisConnection | undefined;
  #shards: readonly ShardConnection[] = [];
  #beyond: readonly ShardConnection[] | undefined;
  #wasReady = false;
  /** Why Redis could not be reached, as far as is known. */
  #why: string | undefined;

  constructor({ env, folder }: Pick<Shell, "env" | "folder">) {
    this.config = readConfig(env);
    this.#dataDir = join(folder, DATA_DIR);
    this.#namesApi = Boolean(env["API_HOST"] || env["API_PORT"] || env["OPERATE_PORT"]);
  }

  get key(): GroupKey {
    return { stream: this.config.stream, group: this.config.group };
  }

  /** The engine running in the folder, if it runs servers of its own. */
  get engine(): EmbeddedState | undefined {
    return findEmbedded(this.#dataDir);
  }

  /** At API_HOST and API_PORT if one is set, else where the engine of the folder listens. Null for an engine without an API. */
  get apiUrl(): string | null {
    return this.#urls.apiUrl;
  }

  /** The URL that serves `/health`. Null for an engine without an API. */
  get operateUrl(): string | null {
    return this.#urls.operateUrl ?? this.#urls.apiUrl;
  }

  get #urls(): ApiUrls {
    const engine = this.#namesApi ? undefined : this.engine;
    return engine ?? localUrls(addressesOf(this.config));
  }

  /** @throws QueueFlowError `invalid_config` when none is configured and no engine runs in the folder. */
  get redisUrl(): string {
    return this.config.redisUrl ?? this.#embeddedUrl("redisUrl", "REDIS_URL");
  }

  /** @throws QueueFlowError `invalid_config` when none is configured and no engine runs in the folder. */
  get databaseUrl(): string {
    return this.config.databaseUrl ?? this.#embeddedUrl("databaseUrl", "DATABASE_URL");
  }

  /** A database with one connection. @throws QueueFlowError as `databaseUrl`. */
  get database(): Database {
    this.#database ??= new Database({ url: this.databaseUrl, connectionsMax: 1 });
    return this.#database;
  }

  /**
   * Later changes of the connection are logged to `log`.
   *
   * @throws QueueFlowError `stream_unavailable` with the reason; as `redisUrl`.
   */
  async redis(log?: Log): Promise<RedisConnection> {
    const reached = await this.reachRedis(log);
    if (typeof reached !== "string") return reached;
    throw this.#unreachable(reached);
  }

  /**
   * Connections to the servers of all shards, of which the first is that of `redis`.
   *
   * @throws as `redis`, when none can be reached; calls of one that cannot be reached fail.
   */
  async shards(log?: Log): Promise<readonly ShardConnection[]> {
    const { config, redisUrl } = this;
    const first = this.#firstShard(redisUrl, log);
    if (this.#shards.length === 0) {
      this.#shards = onShards({ ...config, redisUrl }, (stream) =>
        stream === config.stream ? first : this.#openShard(stream),
      );
    }
    const [shards, reached] = await Promise.all([readied(this.#shards), this.reachRedis(log)]);
    if (typeof reached === "string" && shards.every(({ redis }) => redis.status !== "ready")) {
      throw this.#unreachable(reached);
    }
    return shards;
  }

  /**
   * As `shards`, followed by those that producers have announced and REDIS_SHARDS does not count.
   *
   * @throws as `shards`; QueueFlowError `stream_unavailable`.
   */
  async allShards(): Promise<readonly ShardConnection[]> {
    const shards = await this.shards();
    const { config, redisUrl } = this;
    const first = await this.redis();
    if (this.#beyond === undefined) {
      const streams = await readShardsBeyond(first, config);
      const open = (stream: string): RedisConnection =>
        isRedisCluster(redisUrl) ? this.#openShard(stream) : first;
      this.#beyond = connectStreams(streams, { ...config, redisUrl, open });
    }
    return [...shards, ...(await readied(this.#beyond))];
  }

  /** Returns the connection, or after two seconds the reason why there is none. @throws as `redisUrl`. */
  async reachRedis(log?: Log): Promise<RedisConnection | string> {
    const url = this.redisUrl;
    const redis = this.#firstShard(url, log);
    await waitUntilReady(redis, REDIS_READY_MS_MAX);
    if (redis.status === "ready") return redis;
    return this.#why ?? (await tlsMismatch(url)) ?? "no answer";
  }

  /** Calls in flight get `timeoutMs` to finish. */
  async close(timeoutMs = CLOSE_TIMEOUT_MS): Promise<void> {
    await Promise.all([
      this.#redis === undefined ? undefined : closeRedisConnection(this.#redis),
      closeShardConnections(
        [...this.#shards, ...(this.#beyond ?? [])].filter(({ redis }) => redis !== this.#redis),
      ),
      this.#database?.close(timeoutMs),
    ]);
  }

  #unreachable(why: string): QueueFlowError {
    const message = `Cannot connect to Redis at ${serverAddress(this.redisUrl)}: ${why}`;
    return new QueueFlowError("stream_unavailable", message);
  }

  #firstShard(url: string, log: Log | undefined): RedisConnection {
    this.#redis ??= this.#openRedis(url, log);
    return this.#redis;
  }

  /** Errors before the connection is ready are kept for the caller, not logged. */
  #openRedis(url: string, log: Log | undefined): RedisConnection {
    const passOn = (level: keyof Log) => (fields: LogFields, message: string) => {
      if (typeof fields["error"] === "string") this.#why = fields["error"];
      if (this.#wasReady) log?.[level](fields, message);
    };
    const keeping: Log = {
      debug: passOn("debug"),
      info: passOn("info"),
      warn: passOn("warn"),
      error: passOn("error"),
    };
    const redis = openRedisConnection({ url, key: this.config.stream, log: keeping, blockMs: 0 });
    redis.once("ready", () => {
      this.#wasReady = true;
    });
    return redis;
  }

  #openShard(stream: string): RedisConnection {
    return openRedisConnection({ url: this.redisUrl, key: stream, blockMs: 0 });
  }

  #embeddedUrl(url: "redisUrl" | "databaseUrl", variable: string): string {
    const { engine } = this;
    const found = engine?.[url];
    if (found !== undefined) return found;
    throw new QueueFlowError("invalid_config", whyNotFound(engine, variable));
  }
}

async function readied(shards: readonly ShardConnection[]): Promise<readonly ShardConnection[]> {
  await Promise.all(
    shards.map(async ({ redis }) => await waitUntilReady(redis, REDIS_READY_MS_MAX)),
  );
  return shards;
}

function whyNotFound(engine: EmbeddedState | undefined, variable: string): string {
  if (engine === undefined) {
    return `No engine is running in this folder: start one here with \`queueflow\` (in a clone, \`npx -y bun@1.4.5 start\`), or set ${variable}`;
  }
  const isBetween = engine.redisUrl === undefined && engine.databaseUrl === undefined;
  return isBetween
    ? "The engine in this folder is starting or stopping: try again in a moment"
    : `The engine in this folder was started with its own ${variable}: set the same one for this command`;
}

function commandFailure(error: unknown, doing: string, servers: Servers): unknown {
  if (error instanceof CommandFailure || isUsageError(error)) return error;
  if (error instanceof QueueFlowError && error.code === "database_unavailable") {
    return new CommandFailure(1, `${doing}: ${errorText(error)}; ${RUN_DOCTOR}`);
  }
  if (error instanceof QueueFlowError || !isDatabaseError(error))
    return new CommandFailure(1, doing, { cause: error });
  const message = `${doing}: PostgreSQL at ${databaseAddress(servers.databaseUrl)}: ${errorText(error)}`;
  const advice = remedyFor(error) ?? (WAITED.has(sqlState(error)) ? LOCKED : undefined);
  return new CommandFailure(1, advice === undefined ? message : `${message}. ${advice}`);
}

/** Whether the command line or the configuration is wrong. */
export function isUsageError(error: unknown): error is QueueFlowError {
  if (!(error instanceof QueueFlowError)) return false;
  return error.code === "invalid_usage" || error.code === "invalid_config";
}
