import { availableParallelism } from "node:os";
import { LOG_LEVELS } from "../log/log.ts";
import { SEVERAL_NODES } from "../redis-nodes.ts";
import { defaultWorkers } from "./default-workers.ts";

interface Described {
  readonly meaning: string;
  /** The default in words, when it is not one value on every machine. */
  readonly fallbackIs?: string;
}

export interface IntegerVariable extends Described {
  readonly kind: "integer";
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
}

/** A secret is never shown. */
export interface TextVariable extends Described {
  readonly kind: "text";
  readonly fallback?: string;
  readonly isSecret?: true;
}

/** A URL with a host or a socket, which may hold a password. */
export interface UrlVariable extends Described {
  readonly kind: "url";
  readonly protocols: readonly string[];
  readonly fallbackIs: string;
}

export interface ChoiceVariable extends Described {
  readonly kind: "choice";
  readonly choices: readonly string[];
  /** Without one, an unset variable has a meaning of its own. */
  readonly fallback?: string;
}

export type Variable = IntegerVariable | TextVariable | UrlVariable | ChoiceVariable;

const workers = defaultWorkers(availableParallelism());

/** Every variable that the engine reads, in the order of the documentation. */
export const VARIABLES = {
  REDIS_URL: {
    kind: "url",
    protocols: ["redis:", "rediss:", "unix:", ...SEVERAL_NODES],
    fallbackIs: "embedded",
    meaning: "the Redis to use, 7.0 or newer",
  },
  REDIS_PASSWORD: {
    kind: "text",
    fallbackIs: "none",
    isSecret: true,
    meaning: "its password, unescaped, unless REDIS_URL contains one",
  },
  REDIS_REPLICAS_MIN: {
    kind: "integer",
    unit: "replicas",
    min: 0,
    max: 16,
    fallback: 0,
    meaning: "replicas of Redis that must have an event before it gets its 202",
  },
  DATABASE_URL: {
    kind: "url",
    protocols: ["postgres:", "postgresql:"],
    fallbackIs: "embedded",
    meaning: "the PostgreSQL to use, 14 or newer; overrides the five variables below",
  },
  PG_HOST: {
    kind: "text",
    fallback: "localhost",
    meaning: "its host, or the folder of its socket",
  },
  PG_PORT: {
    kind: "integer",
    unit: "",
    min: 1,
    max: 65_535,
    fallback: 5_432,
    meaning: "its port",
  },
  POSTGRES_USER: { kind: "text", fallback: "postgres", meaning: "its user" },
  POSTGRES_PASSWORD: {
    kind: "text",
    fallbackIs: "none",
    isSecret: true,
    meaning: "the user's password",
  },
  POSTGRES_DB: { kind: "text", fallbackIs: "the user's name", meaning: "the database" },
  API_HOST: {
    kind: "text",
    fallbackIs: "127.0.0.1 with both servers embedded, else 0.0.0.0",
    meaning: "the address to listen on",
  },
  API_PORT: {
    kind: "integer",
    unit: "",
    min: 1,
    max: 65_535,
    fallback: 3_000,
    meaning: "the port to listen on",
  },
  TLS_CERT_FILE: {
    kind: "text",
    fallbackIs: "none",
    meaning: "the PEM file of a certificate and its chain: API_PORT then speaks HTTPS",
  },
  TLS_KEY_FILE: { kind: "text", fallbackIs: "none", meaning: "the PEM file of its key" },
  OPERATE_HOST: {
    kind: "text",
    fallback: "127.0.0.1",
    meaning: "the address of the operate listener",
  },
  OPERATE_PORT: {
    kind: "integer",
    unit: "",
    min: 0,
    max: 65_535,
    fallback: 0,
    meaning:
      "a port for /health, /metrics and /swagger, which API_PORT then answers with 404; 0 is none",
  },
  ALLOWED_HOSTS: {
    kind: "text",
    fallbackIs: "none",
    meaning:
      "host names under which the engine may be read, besides localhost and addresses, separated by commas; checked when API_HOST is a loopback address or this is set",
  },
  ACCESS: {
    kind: "choice",
    choices: ["open", "keys"],
    fallbackIs: "by the keys that exist",
    meaning:
      "with open, nothing needs a key and none is read; with keys, every write and read needs one",
  },
  TRUSTED_PROXIES: {
    kind: "text",
    fallbackIs: "none",
    meaning:
      "addresses and networks of the proxies in front, separated by commas; the client's address is read from their X-Forwarded-For or Forwarded header",
  },
  ADDRESS_EVENTS_PER_SECOND: {
    kind: "integer",
    unit: "events/s",
    min: 0,
    max: 1_000_000,
    fallback: 0,
    meaning: "most events from one client address, on average; 0 is no limit",
  },
  ADDRESS_REQUESTS_PER_SECOND: {
    kind: "integer",
    unit: "requests/s",
    min: 0,
    max: 1_000_000,
    fallback: 0,
    meaning: "most requests from one client address, on average; 0 is no limit",
  },
  ADDRESS_BURST_SECONDS: {
    kind: "integer",
    unit: "s",
    min: 1,
    max: 3_600,
    fallback: 10,
    meaning: "how many seconds' worth of these an address may send at once",
  },
  BASE_PATH: {
    kind: "text",
    fallbackIs: "none",
    meaning:
      "the prefix under which a proxy serves the engine, such as /stats: paths are also taken with it, and pages, script and redirects use it",
  },
  COLLECT_PATH: {
    kind: "text",
    fallback: "/collect",
    meaning:
      "the path that takes events from browsers, and with .gif the one of its pixel: blockers know the usual names",
  },
  SCRIPT_PATH: {
    kind: "text",
    fallback: "/script.js",
    meaning: "the path of the script for pages, such as /assets/app.js: blockers know this one too",
  },
  COUNTRY_HEADER: {
    kind: "text",
    fallbackIs: "none",
    meaning: "the header in which TRUSTED_PROXIES name a browser's country, such as CF-IPCountry",
  },
  GEOIP_FILE: {
    kind: "text",
    fallbackIs: "none",
    meaning: "an .mmdb file that names the country of an address; read again when it changes",
  },
  RESPECT_GPC: {
    kind: "choice",
    choices: ["true", "false"],
    fallback: "false",
    meaning: "whether events of browsers that send Sec-GPC: 1 or DNT: 1 are dropped",
  },
  REDIS_STREAM: { kind: "text", fallback: "events_stream", meaning: "the stream's key" },
  REDIS_SHARDS: {
    kind: "integer",
    unit: "shards",
    min: 1,
    max: 64,
    fallback: 1,
    meaning: "streams that share the events, on one Redis or on the masters of a cluster",
  },
  REDIS_GROUP: { kind: "text", fallback: "analytics_workers", meaning: "the consumer group" },
  REDIS_CONSUMER: {
    kind: "text",
    fallbackIs: "host, process id and a random part",
    meaning: "this process's name in the group; must be unique to the process",
  },
  INGEST_WORKERS: {
    kind: "integer",
    unit: "threads",
    min: 0,
    max: 64,
    fallback: workers.ingest,
    fallbackIs: "half the cores, up to 8",
    meaning: "HTTP threads",
  },
  CONSUMER_WORKERS: {
    kind: "integer",
    unit: "threads",
    min: 0,
    max: 64,
    fallback: workers.consumers,
    fallbackIs: "the cores, up to 4",
    meaning: "threads that store events",
  },
  REPORT_WORKERS: {
    kind: "integer",
    unit: "threads",
    min: 0,
    max: 16,
    fallback: 1,
    meaning:
      "threads that answer /query, /live and /export, which 0 refuses with 501; none without HTTP threads",
  },
  BATCH_ENTRIES_MAX: {
    kind: "integer",
    unit: "entries",
    min: 1,
    max: 50_000,
    fallback: 20_000,
    meaning: "most entries stored in one transaction",
  },
  CLAIM_IDLE_MS: {
    kind: "integer",
    unit: "ms",
    min: 1_000,
    max: 3_600_000,
    fallback: 30_000,
    meaning: "idle time after which another consumer claims a pending entry",
  },
  STREAM_LENGTH_MAX: {
    kind: "integer",
    unit: "entries",
    min: 1,
    max: 1_000_000_000,
    fallback: 5_000_000,
    meaning: "stream length at which events are refused with 503, until it falls below nine tenths",
  },
  STREAM_RETAIN_ENTRIES: {
    kind: "integer",
    unit: "entries",
    min: 0,
    max: 10_000,
    fallback: 1_000,
    meaning:
      "processed entries kept in the stream for inspection, at most a quarter of STREAM_LENGTH_MAX; with EVENTS_RETENTION_DAYS, for at most a day",
  },
  WAIT_TIMEOUT_MS: {
    kind: "integer",
    unit: "ms",
    min: 100,
    max: 300_000,
    fallback: 10_000,
    meaning: "longest wait of a request with wait=true until its events are stored",
  },
  KEEP_QUERY: {
    kind: "text",
    fallbackIs: "none",
    meaning:
      "query parameters of an event's url or an imported request that the path keeps, separated by commas",
  },
  EVENTS_RETENTION_DAYS: {
    kind: "integer",
    unit: "days",
    min: 0,
    max: 36_500,
    fallback: 0,
    meaning: "age at which raw rows are deleted, checked once a day; 0 keeps them for ever",
  },
  KEEP_ALIVE_MS: {
    kind: "integer",
    unit: "ms",
    min: 10_000,
    max: 250_000,
    fallback: 75_000,
    meaning:
      "time that an idle connection stays open, at least; longer than the idle timeout of your load balancer",
  },
  SHUTDOWN_TIMEOUT_MS: {
    kind: "integer",
    unit: "ms",
    min: 100,
    max: 600_000,
    fallback: 10_000,
    meaning: "time for a stop to finish requests and batches in flight",
  },
  SMTP_URL: {
    kind: "url",
    protocols: ["smtp:", "smtps:"],
    fallbackIs: "none",
    meaning: "the mail server by which queueflow report sends a mail",
  },
  LOG_LEVEL: {
    kind: "choice",
    choices: LOG_LEVELS,
    fallback: "info",
    meaning: "lowest severity that is logged",
  },
} as const satisfies Readonly<Record<string, Variable>>;

export type VariableName = keyof typeof VARIABLES;

export type NameOfKind<Kind extends Variable["kind"]> = {
  [Name in VariableName]: (typeof VARIABLES)[Name] extends { kind: Kind } ? Name : never;
}[VariableName];

export const VARIABLES_BY_NAME: readonly (readonly [VariableName, Variable])[] = Object.keys(
  VARIABLES,
)
  .filter((name) => isVariable(name))
  .map((name) => [name, VARIABLES[name]]);

export function isVariable(name: string): name is VariableName {
  return Object.hasOwn(VARIABLES, name);
}

/** Empty when there is no default. */
export function fallbackText(variable: Variable): string {
  if (variable.fallbackIs !== undefined) return variable.fallbackIs;
  return "fallback" in variable ? String(variable.fallback) : "";
}

/** Empty when any text is allowed. */
export function rangeText(variable: Variable): string {
  switch (variable.kind) {
    case "integer":
      return `${variable.min} to ${variable.max}`;
    case "choice":
      return variable.choices.join(" ");
    case "url":
      return variable.protocols.map((protocol) => `${protocol}//`).join(", ");
    case "text":
      return "";
  }
}
