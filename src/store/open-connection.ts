import postgres, { type Notice, type Options, type Sql } from "postgres";
import { retryDelayMs } from "../async/backoff.ts";
import { parseDatabaseUrl } from "../config/database-url.ts";
import { QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { severalHostsOf } from "../postgres-hosts.ts";
import { postgresSocketOf, serverAddress } from "../server-address.ts";
import { ARRAY_TYPES } from "./array-types.ts";
import { READING_SETTINGS, SESSION_SETTINGS, type Settings } from "./session-settings.ts";

/** Less than a command's deadline, so that its error names the server. */
export const CONNECT_TIMEOUT_S = 2;

/** PostgreSQL manual, appendix A. */
const WARNING_CLASS = "01";
const WARNINGS_MAX = 100;

export interface ConnectionOptions {
  readonly url: string;
  readonly isForReading?: boolean;
  /** Which of several hosts is tried first. One that hangs takes all the time that a call has, so another connection begins with the next. */
  readonly firstHost?: number;
  /** Whether a pooler stands in front: it keeps no settings and no prepared statements. */
  readonly isPooled?: boolean;
}

/** Connects on the first query. The driver reconnects with backoff. */
export function openConnection(
  { url: configuredUrl, isForReading = false, firstHost = 0, isPooled = false }: ConnectionOptions,
  onNotice: (notice: Notice) => void,
): Sql {
  const { url, ssl } = parseDatabaseUrl(configuredUrl);
  const path = postgresSocketOf(url);
  return postgres(url, {
    ...(path === undefined ? {} : { path }),
    ...primaryOf(url, firstHost),
    ssl,
    // The driver does not decode the database of a URL.
    database: decodeURIComponent(new URL(url).pathname.slice(1)),
    max: 1,
    connect_timeout: CONNECT_TIMEOUT_S,
    idle_timeout: 0,
    max_lifetime: null,
    backoff: (attempt) => retryDelayMs(attempt) / 1_000,
    onnotice: onNotice,
    fetch_types: false,
    types: ARRAY_TYPES,
    ...(isPooled ? { prepare: false } : { connection: settingsOf(isForReading) }),
  });
}

export function settingsOf(isForReading: boolean): Settings {
  return isForReading ? { ...SESSION_SETTINGS, ...READING_SETTINGS } : SESSION_SETTINGS;
}

/** Of several hosts, the driver tries each in turn and leaves standbys. Its `read-write` would keep a standby. */
function primaryOf(url: string, first: number): Partial<Options<Record<string, never>>> {
  const several = severalHostsOf(url);
  if (several === undefined) return {};
  const at = first % several.length;
  const hosts = [...several.slice(at), ...several.slice(0, at)];
  const lists: object = {
    host: hosts.map(({ host }) => host),
    port: hosts.map(({ port }) => port),
  };
  // The driver takes lists, which its types lack. As one text, it would split IPv6 addresses.
  return { ...lists, target_session_attrs: "primary" };
}

/** Explains a failed connection where the driver's error does not. */
export function connectionError(error: unknown, url: string): unknown {
  if (!(error instanceof Error && "code" in error)) return error;
  const server = `PostgreSQL at ${serverAddress(url)}`;
  if (error.code === "CONNECT_TIMEOUT") {
    const sentence = `${server} did not take a connection in ${CONNECT_TIMEOUT_S * 1_000} ms`;
    return new QueueFlowError("database_unavailable", sentence);
  }
  if (error.code === "ECONNRESET" && /before secure TLS connection/.test(error.message)) {
    const sentence = `${server} does not offer TLS, which sslmode in DATABASE_URL demands: set ssl=on there`;
    return new QueueFlowError("database_unavailable", sentence, { cause: error });
  }
  return error;
}

/** Logs each warning once: a collation version mismatch comes with every connection. */
export function logWarningsOnce(log: Log | undefined): (notice: Notice) => void {
  const logged = new Set<string>();
  return ({ code = "", message = "", detail, hint }) => {
    if (log === undefined || !code.startsWith(WARNING_CLASS)) return;
    if (logged.has(message) || logged.size >= WARNINGS_MAX) return;
    logged.add(message);
    log.warn({ warning: message, detail, hint }, "PostgreSQL warns");
  };
}
