import type { ReservedSQL, SQL } from "bun";
import { unlessAborted, withDeadline } from "../../async/deadline.ts";
import { isDatabaseError, isMissedDeadline, MissedDeadline } from "../database-error.ts";
import { PrimarySql } from "../primary-sql.ts";

/** How long PostgreSQL may take for a statement of a report. */
const STATEMENT_TIMEOUT_MS = 5_000;
/** Longer than a report computes between two reads. */
const IDLE_TIMEOUT_MS = 30_000;
/** Longer than `statement_timeout`, so that PostgreSQL cancels a slow statement itself. A suspended one cancels none. */
const DEADLINE_MS = STATEMENT_TIMEOUT_MS + 500;

const BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

export function openReportConnections(url: string, connectionsMax: number): PrimarySql {
  return new PrimarySql({
    url,
    connectionsMax,
    isForReading: true,
    settings: {
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TIMEOUT_MS,
    },
  });
}

/** Reads one snapshot of the database. A connection on which a statement failed is closed, not used again. */
export class ReadTransaction {
  readonly #signal: AbortSignal;
  #connection: ReservedSQL | undefined;

  private constructor(connection: ReservedSQL, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
  }

  /**
   * @throws MissedDeadline when PostgreSQL does not respond.
   * @throws The reason of `signal`.
   */
  static async begin(connections: PrimarySql, signal: AbortSignal): Promise<ReadTransaction> {
    const connection = await reserve(connections, signal);
    const transaction = new ReadTransaction(connection, signal);
    // A setting takes no snapshot.
    await transaction.read(
      async (sql) => await sql.unsafe(`${BEGIN}; ${connections.localSettings}`).simple(),
    );
    return transaction;
  }

  /** May be called several times at once. Throws as `begin` does, and what the driver throws. */
  async read<Result>(work: (sql: SQL) => Promise<Result>): Promise<Result> {
    this.#signal.throwIfAborted();
    const connection = this.#connection;
    if (connection === undefined) throw new MissedDeadline(DEADLINE_MS);
    try {
      return await withinLimits(work(connection), this.#signal);
    } catch (error) {
      const isUsable = !isDatabaseError(error) && !isMissedDeadline(error) && !this.#signal.aborted;
      if (!isUsable) this.#close();
      throw error;
    }
  }

  /** Gives the connection back. May be called twice. Never rejects. */
  async end(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    try {
      await withinLimits(connection`COMMIT`, this.#signal);
      this.#connection = undefined;
      await connection.release();
    } catch {
      this.#close();
    }
  }

  /** PostgreSQL notices within a second that the client has gone, and ends its statement. */
  #close(): void {
    void this.#connection?.close({ timeout: 0 }).catch(() => undefined);
    this.#connection = undefined;
  }
}

async function reserve(connections: PrimarySql, signal: AbortSignal): Promise<ReservedSQL> {
  const given = new AbortController();
  const reserving = connections.open().then((sql) => sql.reserve({ signal: given.signal }));
  try {
    return await withinLimits(reserving, signal);
  } catch (error) {
    given.abort();
    void reserving.then((late) => late.release()).catch(() => undefined);
    throw error;
  }
}

async function withinLimits<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const onLate = (): never => {
    throw new MissedDeadline(DEADLINE_MS);
  };
  return await withDeadline(unlessAborted(work, signal), { deadlineMs: DEADLINE_MS, onLate });
}
