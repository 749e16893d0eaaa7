import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { QueueFlowError } from "../errors.ts";
import type { LogLevel } from "../log/log.ts";
import { isRenamed, PATHS } from "../paths.ts";
import { type Environment, EnvironmentReader } from "./environment-reader.ts";
import { readDatabaseUrl, readRedisUrl } from "./server-urls.ts";
import { readSmtpServer, type SmtpServer } from "./smtp-server.ts";
import { VARIABLES } from "./variables.ts";

/** Folder of the embedded servers' data, in the working directory. */
export const DATA_DIR = ".queueflow";

/** Of the routes that keep their names. */
const OWN_PATHS = PATHS.filter((path) => path !== "/" && !isRenamed(path));

/** The whole configuration, checked and frozen. */
export interface EngineConfig {
  /** Undefined: the engine starts its own Redis. */
  readonly redisUrl: string | undefined;
  /** That must have an event before it is accepted; 0 asks none. */
  readonly redisReplicasMin: number;
  /** Undefined: the engine starts its own PostgreSQL. */
  readonly databaseUrl: string | undefined;
  /** The key of the first shard. */
  readonly stream: string;
  /** Streams that share the events. */
  readonly shards: number;
  readonly group: string;
  /** The process's name in the consumer group; each thread appends its own. */
  readonly processName: string;
  readonly apiHost: string;
  readonly apiPort: number;
  /** Undefined: the API speaks plain HTTP. */
  readonly tlsFiles: CertificateFiles | undefined;
  readonly operateHost: string;
  /** 0: the API's listener serves `/health`, `/metrics` and `/swagger`. */
  readonly operatePort: number;
  /** Names in lower case. */
  readonly allowedHosts: readonly string[];
  /** Undefined: what keys close needs a key. */
  readonly access: "open" | "keys" | undefined;
  /** Addresses and networks. */
  readonly trustedProxies: readonly string[];
  /** Of one client address, on average; 0 is no limit. */
  readonly addressEventsPerSecond: number;
  readonly addressRequestsPerSecond: number;
  readonly addressBurstSeconds: number;
  /** Under which a proxy serves the engine, without a slash at its end; empty without one. */
  readonly basePath: string;
  /** Of events from browsers; their pixel's has `.gif` at its end. */
  readonly collectPath: string;
  /** Of the script for pages. */
  readonly scriptPath: string;
  /** In which trusted proxies name a browser's country. */
  readonly countryHeader: string | undefined;
  /** Countries by address. */
  readonly geoipFile: string | undefined;
  readonly respectsGpc: boolean;
  readonly ingestWorkers: number;
  readonly consumerWorkers: number;
  /** 0 without ingest threads, whose questions they answer. */
  readonly reportWorkers: number;
  readonly batchEntriesMax: number;
  readonly claimIdleMs: number;
  readonly streamLengthMax: number;
  readonly streamRetainEntries: number;
  readonly waitTimeoutMs: number;
  /** Query parameters of `url` that `path` keeps. */
  readonly keptQuery: readonly string[];
  /** 0 keeps raw rows for ever. */
  readonly eventsRetentionDays: number;
  readonly keepAliveMs: number;
  readonly shutdownTimeoutMs: number;
  /** Undefined: `queueflow report` sends no mail. */
  readonly smtpServer: SmtpServer | undefined;
  readonly logLevel: LogLevel;
}

/** PEM files. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface ConnectedConfig extends EngineConfig {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** Whether another process may listen on the port, as in a rolling restart. Embedded servers would split the events. */
  readonly mayShareApiPort: boolean;
}

/** The environment of this process, including the `.env` files that Bun has read. */
export const environment: Environment = process.env;

/** @throws QueueFlowError `invalid_config` that lists every problem, one a line. */
export function readConfig(env: Environment = environment): EngineConfig {
  const reader = new EnvironmentReader(env);
  const urls = { redisUrl: readRedisUrl(reader), databaseUrl: readDatabaseUrl(reader) };
  const ingestWorkers = reader.integer("INGEST_WORKERS");
  const reportWorkers = reader.integer("REPORT_WORKERS");
  const config: EngineConfig = {
    ...urls,
    redisReplicasMin: reader.integer("REDIS_REPLICAS_MIN"),
    ...readShards(reader),
    group: reader.text("REDIS_GROUP") ?? VARIABLES.REDIS_GROUP.fallback,
    processName: reader.text("REDIS_CONSUMER") ?? uniqueProcessName(),
    apiHost: reader.text("API_HOST") ?? defaultApiHost(urls),
    apiPort: reader.integer("API_PORT"),
    tlsFiles: readTlsFiles(reader),
    operateHost: reader.text("OPERATE_HOST") ?? VARIABLES.OPERATE_HOST.fallback,
    operatePort: reader.integer("OPERATE_PORT"),
    allowedHosts: reader.hostNames("ALLOWED_HOSTS"),
    access: reader.choice("ACCESS"),
    trustedProxies: reader.networks("TRUSTED_PROXIES"),
    addressEventsPerSecond: reader.integer("ADDRESS_EVENTS_PER_SECOND"),
    addressRequestsPerSecond: reader.integer("ADDRESS_REQUESTS_PER_SECOND"),
    addressBurstSeconds: reader.integer("ADDRESS_BURST_SECONDS"),
    basePath: reader.path("BASE_PATH") ?? "",
    collectPath: reader.path("COLLECT_PATH") ?? VARIABLES.COLLECT_PATH.fallback,
    scriptPath: reader.path("SCRIPT_PATH") ?? VARIABLES.SCRIPT_PATH.fallback,
    countryHeader: reader.headerName("COUNTRY_HEADER"),
    geoipFile: reader.text("GEOIP_FILE"),
    respectsGpc: (reader.choice("RESPECT_GPC") ?? VARIABLES.RESPECT_GPC.fallback) === "true",
    ingestWorkers,
    consumerWorkers: reader.integer("CONSUMER_WORKERS"),
    reportWorkers: ingestWorkers === 0 ? 0 : reportWorkers,
    batchEntriesMax: reader.integer("BATCH_ENTRIES_MAX"),
    claimIdleMs: reader.integer("CLAIM_IDLE_MS"),
    streamLengthMax: reader.integer("STREAM_LENGTH_MAX"),
    streamRetainEntries: reader.integer("STREAM_RETAIN_ENTRIES"),
    waitTimeoutMs: reader.integer("WAIT_TIMEOUT_MS"),
    keptQuery: reader.list("KEEP_QUERY"),
    eventsRetentionDays: reader.integer("EVENTS_RETENTION_DAYS"),
    keepAliveMs: reader.integer("KEEP_ALIVE_MS"),
    shutdownTimeoutMs: reader.integer("SHUTDOWN_TIMEOUT_MS"),
    smtpServer: readSmtpServer(reader),
    logLevel: reader.choice("LOG_LEVEL") ?? VARIABLES.LOG_LEVEL.fallback,
  };
  const { problems } = reader;
  if (config.ingestWorkers + config.consumerWorkers === 0) {
    problems.push("Expected INGEST_WORKERS or CONSUMER_WORKERS to be at least 1, got 0 for both");
  }
  if (config.redisReplicasMin > 0 && !env["REDIS_URL"]) {
    problems.push(
      `Expected REDIS_URL with REDIS_REPLICAS_MIN, since the embedded Redis has no replicas, got ${config.redisReplicasMin} without it`,
    );
  }
  if (config.operatePort === config.apiPort) {
    problems.push(`Expected OPERATE_PORT to differ from API_PORT, got ${config.apiPort} for both`);
  }
  const { collectPath, scriptPath } = config;
  for (const [name, path] of [
    ["COLLECT_PATH", collectPath],
    ["SCRIPT_PATH", scriptPath],
  ] as const) {
    if (!OWN_PATHS.some((own) => path === own || path.startsWith(`${own}/`))) continue;
    problems.push(`Expected ${name} to be no path of the engine, got ${path}`);
  }
  if (scriptPath === collectPath || scriptPath === `${collectPath}.gif`) {
    problems.push(`Expected SCRIPT_PATH and COLLECT_PATH to differ, got ${scriptPath} for both`);
  }
  if (config.countryHeader !== undefined && config.trustedProxies.length === 0) {
    problems.push("Expected TRUSTED_PROXIES with COUNTRY_HEADER, since only they are believed");
  }
  if (problems.length > 0) throw new QueueFlowError("invalid_config", problems.join("\n"));
  return Object.freeze(config);
}

/** An engine with its own servers is tried out on one machine; one with others' is deployed, often in a container. */
export function defaultApiHost({
  redisUrl,
  databaseUrl,
}: Pick<EngineConfig, "redisUrl" | "databaseUrl">): string {
  return redisUrl === undefined && databaseUrl === undefined ? "127.0.0.1" : "0.0.0.0";
}

/** Returns how the consumers of an engine begin that was started on this host with these variables. */
export function consumerPrefix(env: Environment): string {
  const name = new EnvironmentReader(env).text("REDIS_CONSUMER");
  return name === undefined ? `${hostname()}-` : `${name}/`;
}

/** Braces would put all shards into one slot of a cluster. */
function readShards(reader: EnvironmentReader): Pick<EngineConfig, "stream" | "shards"> {
  const stream = reader.text("REDIS_STREAM") ?? VARIABLES.REDIS_STREAM.fallback;
  const shards = reader.integer("REDIS_SHARDS");
  if (shards > 1 && /[{}]/.test(stream)) {
    reader.problems.push(
      `Expected REDIS_STREAM to have no braces with REDIS_SHARDS=${shards}, got ${JSON.stringify(stream)}`,
    );
  }
  return { stream, shards };
}

function readTlsFiles(reader: EnvironmentReader): CertificateFiles | undefined {
  const certFile = reader.text("TLS_CERT_FILE");
  const keyFile = reader.text("TLS_KEY_FILE");
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  const lone = certFile === undefined ? "TLS_KEY_FILE" : "TLS_CERT_FILE";
  if (certFile !== keyFile) {
    reader.problems.push(`Expected TLS_CERT_FILE and TLS_KEY_FILE together, got only ${lone}`);
  }
  return undefined;
}

/** No two runs of a process may share a pending list. */
function uniqueProcessName(): string {
  return `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
}
