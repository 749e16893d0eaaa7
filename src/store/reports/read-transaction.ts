import type { ReservedSQL, SQL } from "bun";
import { unlessAborted, withDeadline } from "../../async/deadline.ts";
import { QueueFlowError } from "../../errors.ts";
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

/** A statement of another reader of the snapshot failed, and with it the snapshot. Another snapshot may be read at once. */
export class SnapshotLost extends QueueFlowError {
  constructor(cause: unknown) {
    super("database_unavailable", "A snapshot failed while several questions read it", { cause });
  }
}

/**
 * Reads one snapshot of the database, for one or several readers. A connection on which a statement failed, or goes on when the last
 * reader ends, is closed, not used again.
 */
export class ReadTransaction {
  /** By `performance.now()`: the snapshot has all that was committed before. */
  readonly beganAtMs: number;
  readonly #begun: Promise<unknown>;
  #connection: ReservedSQL | undefined;
  #failure: unknown;
  #statements = 0;

  /** A setting takes no snapshot. */
  private constructor(connection: ReservedSQL, begin: string) {
    this.#connection = connection;
    this.beganAtMs = performance.now();
    this.#begun = connection.unsafe(begin).simple().execute();
    this.#begun.catch(() => undefined);
  }

  /**
   * Does not wait for PostgreSQL: the first read does.
   *
   * @throws MissedDeadline when no connection is free in time.
   * @throws The reason of `signal`.
   */
  static async begin(connections: PrimarySql, signal: AbortSignal): Promise<ReadTransaction> {
    const connection = await reserve(connections, signal);
    return new ReadTransaction(connection, `${BEGIN}; ${connections.localSettings}`);
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /**
   * May be called several times at once.
   *
   * @throws MissedDeadline when PostgreSQL does not respond.
   * @throws SnapshotLost when another reader's statement fails.
   * @throws What the driver throws, and the reason of `signal`.
   */
  async read<Result>(work: (sql: SQL) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    const connection = this.#connection;
    if (connection === undefined) throw this.#lost();
    this.#statements += 1;
    const working = Promise.all([work(connection), this.#begun]).finally(() => {
      this.#statements -= 1;
    });
    try {
      const [result] = await withinLimits(working, signal);
      return result;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isDatabaseError(error) && !isMissedDeadline(error)) throw error;
      if (this.#connection === undefined) throw this.#lost();
      this.#failure = error;
      this.#close();
      throw error;
    }
  }

  /** Gives the connection back, without waiting for PostgreSQL. May be called twice. */
  end(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (this.#statements > 0) {
      this.#close();
      return;
    }
    this.#connection = undefined;
    void giveBack(connection);
  }

  #lost(): Error {
    const failure = this.#failure;
    return isMissedDeadline(failure) && failure instanceof Error
      ? failure
      : new SnapshotLost(failure);
  }

  #close(): void {
    if (this.#connection !== undefined) close(this.#connection);
    this.#connection = undefined;
  }
}

/** It is not reused before PostgreSQL has ended the transaction. Never rejects. */
async function giveBack(connection: ReservedSQL): Promise<void> {
  try {
    await withinLimits(connection`COMMIT`);
    await connection.release();
  } catch {
    close(connection);
  }
}

/** PostgreSQL notices within a second that the client has gone, and ends its statement. */
function close(connection: ReservedSQL): void {
  void connection.close({ timeout: 0 }).catch(() => undefined);
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

async function withinLimits<Result>(work: Promise<Result>, signal?: AbortSignal): Promise<Result> {
  const onLate = (): never => {
    throw new MissedDeadline(DEADLINE_MS);
  };
  const limited = signal === undefined ? work : unlessAborted(work, signal);
  return await withDeadline(limited, { deadlineMs: DEADLINE_MS, onLate });
}
