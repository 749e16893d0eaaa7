import postgres, { type Sql, type TransactionSql } from "postgres";
import { QueueFlowError } from "../errors.ts";
import { arrayLiteral } from "./array-literal.ts";

/** A transaction in progress, on a connection of its own. */
export type Transaction = TransactionSql;

const CONNECT_TIMEOUT_S = 2;
const STATEMENT_TIMEOUT_MS = 8_000;
/**
 * The array types that statements take, by their ids in `pg_type`, which never change. The driver would ask each new
 * connection for all types, and ignore it when that fails: an array would then go out as bare text, and be
 * rejected like content that can never be stored, for as long as the connection lives.
 */
const ARRAY_TYPES = {
  textArray: arrayType(1009),
  bigintArray: arrayType(1016),
};

/** How to reach PostgreSQL, and how many connections this thread may hold. */
export interface DatabaseOptions {
  readonly url: string;
  readonly connectionsMax: number;
}

/**
 * A thread's connections to PostgreSQL, with a deadline around each use. The driver has none of its
 * own: through a half-open connection it waits for ever. When a deadline passes, all of the pool is
 * dropped and a new one opened, since a single connection cannot be given up.
 */
export class Database {
  readonly #options: DatabaseOptions;
  #pool: Sql;

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
      if (this.#pool === pool) this.#pool = openPool(this.#options);
      // Nobody waits for the old pool: what it still holds has failed already.
      void pool.end({ timeout: 0 }).catch(() => undefined);
      reject(
        new QueueFlowError("database_unavailable", `PostgreSQL did not answer in ${deadlineMs} ms`),
      );
    }, deadlineMs);
    try {
      return await Promise.race([run, deadline]);
    } finally {
      clearTimeout(timer);
    }
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

/** A committed row must survive a crash of the server, so `synchronous_commit` is never left to it. */
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
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    },
  });
}

/** For parameters only: no statement answers an array, so `parse` is never called. */
function arrayType(id: number): postgres.PostgresType<readonly (string | number)[]> {
  return { to: id, from: [], serialize: arrayLiteral, parse: () => [] };
}
