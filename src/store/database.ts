import type { Sql, TransactionSql } from "postgres";
import { withDeadline } from "../async/deadline.ts";
import type { Log } from "../log/log.ts";
import { Connections } from "./connections.ts";
import { MissedDeadline } from "./database-error.ts";
import {
  type ConnectionOptions,
  connectionError,
  logWarningsOnce,
  openConnection,
} from "./open-connection.ts";

export type Transaction = TransactionSql;

/** After this many, all connections are replaced, at most once per interval. */
const CONSECUTIVE_FAILURES_MAX = 5;
const RENEWAL_INTERVAL_MS = 1_000;

export interface DatabaseOptions extends ConnectionOptions {
  readonly connectionsMax: number;
  readonly log?: Log;
}

/**
 * Each use has a deadline, since the driver waits forever on a half-open connection. A missed one closes its connection and
 * replaces those as old. Consecutive failures replace all: after a failover behind one address, open connections stay with
 * the old server.
 */
export class Database {
  readonly #url: string;
  readonly #connections: Connections;
  #consecutiveFailures = 0;
  #renewedAtMs = Number.NEGATIVE_INFINITY;

  constructor({ connectionsMax, log, ...options }: DatabaseOptions) {
    this.#url = options.url;
    const onNotice = logWarningsOnce(log);
    this.#connections = new Connections(
      (renewals) => openConnection({ ...options, firstHost: renewals }, onNotice),
      connectionsMax,
    );
  }

  /**
   * @throws QueueFlowError `database_unavailable` when no connection can be opened, or when `deadlineMs` passes: the outcome is
   *   then unknown.
   */
  async query<Result>(deadlineMs: number, work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const lease = this.#connections.lease();
    const giveUp = (): never => {
      if (lease.abandon()) this.#renew();
      throw new MissedDeadline(deadlineMs);
    };
    try {
      const working = lease.sql.then(work);
      const result = await withDeadline(working, { deadlineMs, onLate: giveUp });
      this.#consecutiveFailures = 0;
      return result;
    } catch (error) {
      this.#consecutiveFailures += 1;
      const isRecent = performance.now() - this.#renewedAtMs < RENEWAL_INTERVAL_MS;
      if (this.#consecutiveFailures >= CONSECUTIVE_FAILURES_MAX && !isRecent) this.#renew();
      throw connectionError(error, this.#url);
    } finally {
      lease.release();
    }
  }

  /** @throws QueueFlowError `database_unavailable` when `deadlineMs` passes; it may have been committed. */
  async transaction<Result>(
    deadlineMs: number,
    work: (tx: Transaction) => Promise<Result>,
  ): Promise<Result> {
    // The driver would unwrap an array of promises.
    const { result } = await this.query(
      deadlineMs,
      async (sql) => await sql.begin(async (tx) => ({ result: await work(tx) })),
    );
    return result;
  }

  /** Calls in flight get `timeoutMs` to finish. May be called again. */
  async close(timeoutMs: number): Promise<void> {
    await this.#connections.close(timeoutMs);
  }

  #renew(): void {
    this.#consecutiveFailures = 0;
    this.#renewedAtMs = performance.now();
    this.#connections.renew();
  }
}
