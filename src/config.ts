import { randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import { availableParallelism, hostname } from "node:os";
import { QueueFlowError } from "./errors.ts";
import { LOG_LEVELS, type LogLevel } from "./log.ts";

/** Where embedded servers keep their data, in the folder that the engine is started in. */
export const DATA_DIR = ".queueflow";

/** Everything the engine can be told, checked and frozen. Names carry their unit last. */
export interface EngineConfig {
  /** Absent when nothing is configured: the engine then starts its own Redis. */
  readonly redisUrl: string | undefined;
  /** Absent when nothing is configured: the engine then starts its own PostgreSQL. */
  readonly databaseUrl: string | undefined;
  readonly stream: string;
  readonly group: string;
  /** The process's name in the consumer group; each thread adds its own. */
  readonly processName: string;
  readonly apiHost: string;
  readonly apiPort: number;
  readonly ingestWorkers: number;
  readonly consumerWorkers: number;
  readonly batchEntriesMax: number;
  readonly claimIdleMs: number;
  readonly streamLengthMax: number;
  readonly streamRetainEntries: number;
  /** How long raw rows are kept, in days; 0 keeps them for ever. */
  readonly eventsRetentionDays: number;
  readonly shutdownTimeoutMs: number;
  readonly logLevel: LogLevel;
}

/** A configuration whose servers are known, configured or embedded: what a thread is started with. */
export interface ConnectedConfig extends EngineConfig {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /**
   * Whether another process may listen on the same port, as in a rolling restart. Never with embedded
   * servers: the two would split the events between two databases.
   */
  readonly mayShareApiPort: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the whole environment; the only place that does. An empty variable counts as
 * absent, as a compose file sets it.
 *
 * @throws QueueFlowError `invalid_config` that lists every problem, one a line.
 */
export function readConfig(env: Environment = process.env): EngineConfig {
  const problems: string[] = [];
  const text = (name: string, fallback: string) => env[name] || fallback;
  const integer = (name: string, range: { min: number; max: number; fallback: number }) => {
    const raw = env[name];
    if (raw === undefined || raw === "") return range.fallback;
    const value = /^\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN;
    if (value >= range.min && value <= range.max) return value;
    problems.push(
      `Expected ${name} to be an integer from ${range.min} to ${range.max}, got ${JSON.stringify(raw)}`,
    );
    return range.fallback;
  };
  const cores = availableParallelism();
  const config: EngineConfig = {
    redisUrl: urlOf("REDIS_URL", env, { protocols: ["redis:", "rediss:"], problems }),
    databaseUrl: databaseUrlOf(env, problems),
    stream: text("REDIS_STREAM", "events_stream"),
    group: text("REDIS_GROUP", "analytics_workers"),
    processName: text("REDIS_CONSUMER", uniqueProcessName()),
    apiHost: text("API_HOST", "0.0.0.0"),
    apiPort: integer("API_PORT", { min: 1, max: 65_535, fallback: 3_000 }),
    ingestWorkers: integer("INGEST_WORKERS", {
      min: 0,
      max: 64,
      fallback: Math.min(8, Math.ceil(cores / 2)),
    }),
    consumerWorkers: integer("CONSUMER_WORKERS", {
      min: 0,
      max: 64,
      fallback: Math.min(4, Math.max(1, cores)),
    }),
    batchEntriesMax: integer("BATCH_ENTRIES_MAX", { min: 1, max: 50_000, fallback: 5_000 }),
    claimIdleMs: integer("CLAIM_IDLE_MS", { min: 1_000, max: 3_600_000, fallback: 30_000 }),
    streamLengthMax: integer("STREAM_LENGTH_MAX", {
      min: 1,
      max: 1_000_000_000,
      fallback: 5_000_000,
    }),
    streamRetainEntries: integer("STREAM_RETAIN_ENTRIES", {
      min: 0,
      max: 10_000,
      fallback: 1_000,
    }),
    eventsRetentionDays: integer("EVENTS_RETENTION_DAYS", { min: 0, max: 36_500, fallback: 0 }),
    shutdownTimeoutMs: integer("SHUTDOWN_TIMEOUT_MS", {
      min: 100,
      max: 600_000,
      fallback: 10_000,
    }),
    logLevel: logLevelOf(env, problems),
  };
  if (config.ingestWorkers + config.consumerWorkers === 0) {
    problems.push("Expected INGEST_WORKERS or CONSUMER_WORKERS to be at least 1, got 0 for both");
  }
  if (problems.length > 0) throw new QueueFlowError("invalid_config", problems.join("\n"));
  return Object.freeze(config);
}

function logLevelOf(env: Environment, problems: string[]): LogLevel {
  const raw = env["LOG_LEVEL"] || "info";
  const level = LOG_LEVELS.find((known) => known === raw);
  if (level !== undefined) return level;
  problems.push(
    `Expected LOG_LEVEL to be one of ${LOG_LEVELS.join(", ")}, got ${JSON.stringify(raw)}`,
  );
  return "info";
}

/** `DATABASE_URL` wins; otherwise any of the parts given makes a URL, the others at their defaults. */
function databaseUrlOf(env: Environment, problems: string[]): string | undefined {
  const protocols = ["postgres:", "postgresql:"];
  const url = urlOf("DATABASE_URL", env, { protocols, problems });
  if (url !== undefined) return url;
  const names = [
    "PG_HOST",
    "PG_PORT",
    "POSTGRES_USER",
    "POSTGRES_PASSWORD",
    "POSTGRES_DB",
  ] as const;
  if (names.every((name) => !env[name])) return undefined;
  const [host = "localhost", port = "5432", user = "postgres", password, database = user] =
    names.map((name) => env[name] || undefined);
  const authority = isIPv6(host) ? `[${host}]` : host;
  if (!isIPv6(host) && !/^[\w.-]+$/.test(host)) {
    problems.push(`Expected PG_HOST to be a host name or an address, got ${JSON.stringify(host)}`);
    return undefined;
  }
  if (!(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
    problems.push(`Expected PG_PORT to be an integer from 1 to 65535, got ${JSON.stringify(port)}`);
    return undefined;
  }
  const secret = password === undefined ? "" : `:${encodeURIComponent(password)}`;
  return `postgres://${encodeURIComponent(user)}${secret}@${authority}:${port}/${encodeURIComponent(database)}`;
}

function urlOf(
  name: string,
  env: Environment,
  { protocols, problems }: { protocols: readonly string[]; problems: string[] },
): string | undefined {
  const raw = env[name];
  if (raw === undefined || raw === "") return undefined;
  const url = URL.parse(raw);
  if (url !== null && protocols.includes(url.protocol) && url.hostname !== "") return raw;
  // The value itself stays unsaid: it may hold a password.
  problems.push(
    `Expected ${name} to be a URL with a host that starts with ${protocols.map((p) => `${p}//`).join(" or ")}, got something else`,
  );
  return undefined;
}

/** Unique to this life of the process, so that no two processes share a pending list. */
function uniqueProcessName(): string {
  return `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
}
