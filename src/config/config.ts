import { randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import { hostname } from "node:os";
import { QueueFlowError } from "../errors.ts";
import type { LogLevel } from "../log/log.ts";
import { parseDatabaseUrl } from "./database-url.ts";
import { redisUrlProblems } from "./redis-url.ts";
import { type NameOfKind, VARIABLES } from "./variables.ts";

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

/** Variables by their names. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What this process was told: by its environment, and by the `.env` files that Bun has added to it. */
export const environment: Environment = process.env;

/** The parts that make a database URL when `DATABASE_URL` is not set. */
export const DATABASE_PARTS = [
  "PG_HOST",
  "PG_PORT",
  "POSTGRES_USER",
  "POSTGRES_PASSWORD",
  "POSTGRES_DB",
] as const;

/**
 * Reads and checks the whole environment; the only place that does. An empty variable counts as
 * absent, as a compose file sets it.
 *
 * @throws QueueFlowError `invalid_config` that lists every problem, one a line.
 */
export function readConfig(env: Environment = environment): EngineConfig {
  const problems: string[] = [];
  const text = (name: NameOfKind<"text">, fallback: string) => env[name] || fallback;
  const integer = (name: NameOfKind<"integer">) => integerOf(name, env, problems);
  const config: EngineConfig = {
    redisUrl: redisUrlOf(env, problems),
    databaseUrl: databaseUrlOf(env, problems),
    stream: text("REDIS_STREAM", VARIABLES.REDIS_STREAM.fallback),
    group: text("REDIS_GROUP", VARIABLES.REDIS_GROUP.fallback),
    processName: text("REDIS_CONSUMER", uniqueProcessName()),
    apiHost: text("API_HOST", VARIABLES.API_HOST.fallback),
    apiPort: integer("API_PORT"),
    ingestWorkers: integer("INGEST_WORKERS"),
    consumerWorkers: integer("CONSUMER_WORKERS"),
    batchEntriesMax: integer("BATCH_ENTRIES_MAX"),
    claimIdleMs: integer("CLAIM_IDLE_MS"),
    streamLengthMax: integer("STREAM_LENGTH_MAX"),
    streamRetainEntries: integer("STREAM_RETAIN_ENTRIES"),
    eventsRetentionDays: integer("EVENTS_RETENTION_DAYS"),
    shutdownTimeoutMs: integer("SHUTDOWN_TIMEOUT_MS"),
    logLevel: logLevelOf(env, problems),
  };
  if (config.ingestWorkers + config.consumerWorkers === 0) {
    problems.push("Expected INGEST_WORKERS or CONSUMER_WORKERS to be at least 1, got 0 for both");
  }
  if (problems.length > 0) throw new QueueFlowError("invalid_config", problems.join("\n"));
  return Object.freeze(config);
}

function integerOf(name: NameOfKind<"integer">, env: Environment, problems: string[]): number {
  const { min, max, fallback } = VARIABLES[name];
  const raw = env[name];
  if (raw === undefined || raw === "") return fallback;
  const value = /^\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN;
  if (value >= min && value <= max) return value;
  problems.push(
    `Expected ${name} to be an integer from ${min} to ${max}, got ${JSON.stringify(raw)}`,
  );
  return fallback;
}

function logLevelOf(env: Environment, problems: string[]): LogLevel {
  const { choices, fallback } = VARIABLES.LOG_LEVEL;
  const raw = env["LOG_LEVEL"] || fallback;
  const level = choices.find((known) => known === raw);
  if (level !== undefined) return level;
  problems.push(
    `Expected LOG_LEVEL to be one of ${choices.join(", ")}, got ${JSON.stringify(raw)}`,
  );
  return fallback;
}

function redisUrlOf(env: Environment, problems: string[]): string | undefined {
  const url = urlOf("REDIS_URL", env, problems);
  if (url !== undefined) problems.push(...redisUrlProblems(new URL(url)));
  return url;
}

function databaseUrlProblems(url: string): readonly string[] {
  try {
    parseDatabaseUrl(url);
    return [];
  } catch (error) {
    if (!(error instanceof QueueFlowError)) throw error;
    return error.message.split("\n");
  }
}

/** `DATABASE_URL` wins; otherwise any of the parts given makes a URL, the others at their defaults. */
function databaseUrlOf(env: Environment, problems: string[]): string | undefined {
  const url = urlOf("DATABASE_URL", env, problems);
  if (url !== undefined) {
    problems.push(...databaseUrlProblems(url));
    return url;
  }
  if (DATABASE_PARTS.every((name) => !env[name])) return undefined;
  const host = env["PG_HOST"] || VARIABLES.PG_HOST.fallback;
  const authority = isIPv6(host) ? `[${host}]` : host;
  if (!isIPv6(host) && !/^[\w.-]+$/.test(host)) {
    problems.push(`Expected PG_HOST to be a host name or an address, got ${JSON.stringify(host)}`);
    return undefined;
  }
  const port = integerOf("PG_PORT", env, problems);
  const user = env["POSTGRES_USER"] || VARIABLES.POSTGRES_USER.fallback;
  const database = env["POSTGRES_DB"] || user;
  const password = env["POSTGRES_PASSWORD"];
  const secret = password ? `:${encodeURIComponent(password)}` : "";
  return `postgres://${encodeURIComponent(user)}${secret}@${authority}:${port}/${encodeURIComponent(database)}`;
}

function urlOf(name: NameOfKind<"url">, env: Environment, problems: string[]): string | undefined {
  const raw = env[name];
  if (raw === undefined || raw === "") return undefined;
  const protocols: readonly string[] = VARIABLES[name].protocols;
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
