import postgres, { type Sql, type TransactionSql } from "postgres";
import { QueueFlowError } from "../errors.ts";
import { arrayLiteral } from "./array-literal.ts";

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

/** After so many failures in a row the connections are opened anew, and what is in flight on the old has a while. */
const FAILURES_IN_A_ROW_MAX = 5;
const OLD_POOL_TIMEOUT_S = 5;

/** How to reach PostgreSQL, and how many connections this thread may hold. */
export interface DatabaseOptions {
  readonly url: string;
  readonly connectionsMax: number;
}

/**
 * A thread's connections to PostgreSQL, with a deadline around each use. The driver has none of its
 * own: through a half-open connection it waits for ever. When a deadline passes, all of the pool is
 * dropped and a new one opened, since a single connection cannot be given up. The same after some failures in
 * a row: after a failover behind one address, open connections stay with the old server.
 */
export class Database {
  readonly #options: DatabaseOptions;
  #pool: Sql;
  #failuresInARow = 0;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#pool = openPool(options);
  }

  /**
   * Runs `work` on the pool.
   *
   * @throws QueueFlowError `database_unavailable` when `deadlineMs` passes; the outcome is then unknown.
   */
  async query<Result>(deadlineMs: number, work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const pool = this.#pool;
    return await this.#within(deadlineMs, pool, work(pool));
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
    const pool = this.#pool;
    return await this.#within(deadlineMs, pool, runInTransaction(pool, work));
  }

  /** Closes all connections; what is in flight gets `timeoutMs` to finish. */
  async close(timeoutMs: number): Promise<void> {
    await this.#pool.end({ timeout: timeoutMs / 1_000 });
  }

  async #within<Result>(deadlineMs: number, pool: Sql, run: Promise<Result>): Promise<Result> {
    const { promise: deadline, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      // Nobody waits for the old pool: what it still holds has failed already.
      this.#leave(pool, 0);
      reject(
        new QueueFlowError("database_unavailable", `PostgreSQL did not answer in ${deadlineMs} ms`),
      );
    }, deadlineMs);
    try {
      const result = await Promise.race([run, deadline]);
      this.#failuresInARow = 0;
      return result;
    } catch (error) {
      this.#failuresInARow += 1;
      if (this.#failuresInARow >= FAILURES_IN_A_ROW_MAX) this.#leave(pool, OLD_POOL_TIMEOUT_S);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #leave(pool: Sql, timeoutS: number): void {
    if (this.#pool === pool) this.#pool = openPool(this.#options);
    this.#failuresInARow = 0;
    void pool.end({ timeout: timeoutS }).catch(() => undefined);
  }
}

/** Wrapped in an object, since the driver would unwrap an array of promises. */
async function runInTransaction<Result>(
  pool: Sql,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const { result } = await pool.begin(async (tx) => ({ result: await work(tx) }));
  return result;
}

/**
 * What the promises hang on is not left to the defaults of a server, a database or a user: a committed row
 * must survive a crash; batches that meet in a row wait for each other, within the statement's timeout, instead of
 * failing each other.
 */
function openPool({ url, connectionsMax }: DatabaseOptions): Sql {
  return postgres(url, {
    // The driver decodes the user and the password of a URL, and not this.
    database: decodeURIComponent(new URL(url).pathname.slice(1)),
    max: connectionsMax,
    connect_timeout: CONNECT_TIMEOUT_S,
    idle_timeout: 0,
    max_lifetime: null,
    backoff: (attempt) => Math.min(0.05 * 2 ** attempt, 1),
    onnotice: () => undefined,
    fetch_types: false,
    types: ARRAY_TYPES,
    connection: {
      application_name: "queueflow",
      TimeZone: "UTC",
      DateStyle: "ISO",
      synchronous_commit: "on",
      default_transaction_isolation: "read committed",
      // Longer than any statement: none at all would be 0, which the driver leaves out.
      lock_timeout: 2 * STATEMENT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
      client_connection_check_interval: CLIENT_CHECK_INTERVAL_MS,
    },
  });
}
