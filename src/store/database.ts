import postgres, { type Notice, type Sql, type TransactionSql } from "postgres";
import { afterDeadline } from "../async/deadline.ts";
import { parseDatabaseUrl } from "../config/database-url.ts";
import { QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { arrayLiteral } from "./array-literal.ts";
import { Connections } from "./connections.ts";
import { MissedDeadline } from "./database-error.ts";

/** A transaction in progress, on a connection of its own. */
export type Transaction = TransactionSql;

const CONNECT_TIMEOUT_S = 2;
const STATEMENT_TIMEOUT_MS = 8_000;
/** How soon a statement whose client has given up and closed its connection ends, and frees its locks. */
const CLIENT_CHECK_INTERVAL_MS = 1_000;

/**
 * The array types that the queries send, by their OIDs, which never change (`pg_type.dat`): `text[]` and
 * `bigint[]`. Left to itself the driver asks each new connection for all types there are, and one whose
 * question fails or is cancelled sends every array wrong from then on.
 */
const ARRAY_TYPES = {
  texts: { to: 1009, from: [1009], serialize: arrayLiteral, parse: String },
  bigints: { to: 1016, from: [1016], serialize: arrayLiteral, parse: String },
};

/** SQLSTATE class of warnings (PostgreSQL manual, appendix A). */
const WARNING_CLASS = "01";
/** How many different warnings are remembered as logged. */
const WARNINGS_MAX = 100;

/**
 * What the promises hang on is not left to the defaults of a server, a database or a user: a committed row
 * must survive a crash; batches that meet in a row wait for each other, within the statement's timeout, instead of
 * failing each other.
 */
export const SESSION_SETTINGS = {
  application_name: "queueflow",
  TimeZone: "UTC",
  DateStyle: "ISO",
  synchronous_commit: "on",
  default_transaction_isolation: "read committed",
  // Shorter than a statement may take, so that a wait for a lock and a statement that is too slow fail with different codes.
  lock_timeout: STATEMENT_TIMEOUT_MS - 1_000,
  statement_timeout: STATEMENT_TIMEOUT_MS,
  idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
  client_connection_check_interval: CLIENT_CHECK_INTERVAL_MS,
  // A wrong estimate of a statement's cost would compile it for longer than it runs.
  jit: "off",
  // Whatever the statistics say, a statement of a batch or a question reads by an index, in the order of that index, and stops
  // early. The driver keeps prepared statements, and PostgreSQL keeps their generic plans until the next ANALYZE: planned
  // while a table was empty, one would read all of it for every row of a batch. A bitmap scan would also read dead index
  // entries forever, which a plain index scan removes. `allowWholeTables` undoes this.
  enable_seqscan: "off",
  enable_bitmapscan: "off",
} as const;

/** After so many failures in a row the connections are opened anew, at most once in this time. */
const FAILURES_IN_A_ROW_MAX = 5;
const RENEWAL_INTERVAL_MS = 1_000;

/** How long PostgreSQL works on a statement of `isForReading` before it cancels it, in milliseconds. */
export const READ_TIMEOUT_MS = 1_500;
/** Settings of a session that answers questions: it takes no parallel workers and no locks from storing. */
export const READING_SETTINGS = {
  statement_timeout: READ_TIMEOUT_MS,
  default_transaction_read_only: true,
  max_parallel_workers_per_gather: "0",
};

/** How to reach PostgreSQL, and how many connections this thread may hold. */
export interface DatabaseOptions {
  readonly url: string;
  readonly connectionsMax: number;
  /** Whether the connections only read, with `READING_SETTINGS`. */
  readonly isForReading?: boolean;
  /** Where PostgreSQL's warnings go, each once; nowhere unless given. */
  readonly log?: Log;
}

/**
 * A thread's connections to PostgreSQL, with a deadline around each use. The driver has none of its own: through a
 * half-open connection it waits forever. Each call has a connection to itself, and a missed deadline ends that one in the
 * middle of its statement. Idle connections are then replaced, since the same network may have lost them, and calls in
 * flight go on. The same after some failures in a row: after a failover behind one address, open connections stay
 * with the old server.
 */
export class Database {
  readonly #url: string;
  readonly #connections: Connections;
  #failuresInARow = 0;
  #renewedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: DatabaseOptions) {
    this.#url = options.url;
    const onNotice = logWarningsOnce(options.log);
    this.#connections = new Connections(
      () => openConnection(options, onNotice),
      options.connectionsMax,
    );
  }

  /**
   * Runs `work` on one connection.
   *
   * @throws QueueFlowError `database_unavailable` when `deadlineMs` passes, and the outcome is then unknown, or when no
   *   connection is taken.
   */
  async query<Result>(deadlineMs: number, work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return await this.#within(deadlineMs, work);
  }

  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects.
   *
   * @throws QueueFlowError `database_unavailable` when `deadlineMs` passes; it may have been committed.
   */
  async transaction<Result>(
    deadlineMs: number,
    work: (tx: Transaction) => Promise<Result>,
  ): Promise<Result> {
    return await this.#within(deadlineMs, async (sql) => await runInTransaction(sql, work));
  }

  /** Closes all connections; what is in flight gets `timeoutMs` to finish. */
  async close(timeoutMs: number): Promise<void> {
    await this.#connections.close(timeoutMs);
  }

  async #within<Result>(deadlineMs: number, work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const lease = this.#connections.lease();
    const { promise: deadline, reject } = Promise.withResolvers<never>();
    const cancel = afterDeadline(deadlineMs, () => {
      lease.abandon();
      this.#renew();
      reject(new MissedDeadline(deadlineMs));
    });
    try {
      const result = await Promise.race([lease.sql.then(work), deadline]);
      this.#failuresInARow = 0;
      return result;
    } catch (error) {
      this.#failuresInARow += 1;
      const isRecent = performance.now() - this.#renewedAtMs < RENEWAL_INTERVAL_MS;
      if (this.#failuresInARow >= FAILURES_IN_A_ROW_MAX && !isRecent) this.#renew();
      throw connectionError(error, this.#url);
    } finally {
      cancel();
      lease.release();
    }
  }

  #renew(): void {
    this.#connections.renew();
    this.#failuresInARow = 0;
    this.#renewedAtMs = performance.now();
  }
}

/** Says what a failed connection means, where the error's own words do not; any other error is returned as it is. */
function connectionError(error: unknown, url: string): unknown {
  if (!(error instanceof Error && "code" in error)) return error;
  const server = `PostgreSQL at ${new URL(url).host}`;
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

/** Wrapped in an object, since the driver would unwrap an array of promises. */
async function runInTransaction<Result>(
  sql: Sql,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const { result } = await sql.begin(async (tx) => ({ result: await work(tx) }));
  return result;
}

/**
 * Logs each warning (SQLSTATE class 01) once, such as that the database's collation has another version than its data were
 * sorted by, which comes with every connection. Notices and the last words of a server that ends are left out.
 */
function logWarningsOnce(log: Log | undefined): (notice: Notice) => void {
  const logged = new Set<string>();
  return ({ code = "", message = "", detail, hint }) => {
    if (log === undefined || !code.startsWith(WARNING_CLASS)) return;
    if (logged.has(message) || logged.size >= WARNINGS_MAX) return;
    logged.add(message);
    log.warn({ warning: message, detail, hint }, "PostgreSQL warns");
  };
}

function openConnection(
  { url: configuredUrl, isForReading = false }: DatabaseOptions,
  onNotice: (notice: Notice) => void,
): Sql {
  const { url, ssl } = parseDatabaseUrl(configuredUrl);
  return postgres(url, {
    ssl,
    // The driver decodes the user and the password of a URL, and not this.
    database: decodeURIComponent(new URL(url).pathname.slice(1)),
    max: 1,
    connect_timeout: CONNECT_TIMEOUT_S,
    idle_timeout: 0,
    max_lifetime: null,
    backoff: (attempt) => Math.min(0.05 * 2 ** attempt, 1),
    onnotice: onNotice,
    fetch_types: false,
    types: ARRAY_TYPES,
    connection: isForReading ? { ...SESSION_SETTINGS, ...READING_SETTINGS } : SESSION_SETTINGS,
  });
}
