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
  settingsOf,
} from "./open-connection.ts";
import { LOOK_AT_SERVER, type ServerKind, type ServerLook, serverKind } from "./server-kind.ts";
import { localSettings } from "./session-settings.ts";

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
  readonly #options: ConnectionOptions;
  readonly #connections: Connections;
  readonly #settings: string;
  readonly #pooledBegin: string;
  /** Undefined before the first connection. */
  #kind: ServerKind | undefined;
  /** While it is looked for. */
  #triesPooled = false;
  #consecutiveFailures = 0;
  #renewedAtMs = Number.NEGATIVE_INFINITY;

  constructor({ connectionsMax, log, ...options }: DatabaseOptions) {
    this.#options = options;
    const isForReading = options.isForReading === true;
    this.#settings = localSettings(settingsOf(isForReading));
    this.#pooledBegin = isForReading ? "READ ONLY" : "ISOLATION LEVEL READ COMMITTED";
    const onNotice = logWarningsOnce(log);
    const open = (renewals: number): Sql => {
      const isPooled = this.#kind?.isPooled ?? this.#triesPooled;
      return openConnection({ ...options, firstHost: renewals, isPooled }, onNotice);
    };
    this.#connections = new Connections(open, connectionsMax);
  }

  /** Whether a pooler may give each transaction another session; known after the first query. */
  get isPooled(): boolean {
    return this.#kind?.isPooled === true;
  }

  /** Whether the tables may be distributed; known after the first query. */
  get hasCitus(): boolean {
    return this.#kind?.hasCitus === true;
  }

  /**
   * Behind a pooler, in a transaction: a failed statement fails those after it.
   *
   * @throws QueueFlowError `database_unavailable` when no connection can be opened, or when `deadlineMs` passes: the outcome is
   *   then unknown.
   */
  async query<Result>(deadlineMs: number, work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const { result } = await this.#use(deadlineMs, async (sql) => {
      if (!this.isPooled) return { result: await work(sql) };
      // The types differ in what belongs to a connection, which a query does not use.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return await this.#begin(sql, async (tx) => await work(tx as unknown as Sql));
    });
    return result;
  }

  /** @throws QueueFlowError `database_unavailable` when `deadlineMs` passes; it may have been committed. */
  async transaction<Result>(
    deadlineMs: number,
    work: (tx: Transaction) => Promise<Result>,
  ): Promise<Result> {
    const { result } = await this.#use(deadlineMs, async (sql) => await this.#begin(sql, work));
    return result;
  }

  /** For what no transaction may contain. Behind a pooler, no setting of the engine holds. Throws as `query` does. */
  async session<Result>(deadlineMs: number, work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return await this.#use(deadlineMs, work);
  }

  /** Replaces all connections, so that new ones have what the database has been given. Calls in flight are not disturbed. */
  renew(): void {
    this.#renew();
  }

  /** Opens a connection of its own to the same server. */
  sibling(): Database {
    return new Database({ ...this.#options, connectionsMax: 1 });
  }

  /** Calls in flight get `timeoutMs` to finish. May be called again. */
  async close(timeoutMs: number): Promise<void> {
    await this.#connections.close(timeoutMs);
  }

  async #use<Result>(deadlineMs: number, work: (sql: Sql) => Promise<Result>): Promise<Result> {
    if (this.#kind === undefined) await this.#lookAtServer(deadlineMs);
    return await this.#lease(deadlineMs, work);
  }

  async #lookAtServer(deadlineMs: number): Promise<void> {
    const kind = await serverKind(async (isPooled) => {
      if (isPooled && !this.#triesPooled) {
        this.#triesPooled = true;
        this.#connections.renew();
      }
      return await this.#lease(deadlineMs, async (sql) => {
        const [row] = await sql.unsafe<ServerLook[]>(LOOK_AT_SERVER);
        return row;
      });
    });
    this.#kind = kind;
    if (kind.isPooled && !this.#triesPooled) this.#connections.renew();
  }

  async #lease<Result>(deadlineMs: number, work: (sql: Sql) => Promise<Result>): Promise<Result> {
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
      throw connectionError(error, this.#options.url);
    } finally {
      lease.release();
    }
  }

  /** Wraps the result, since the driver would unwrap an array of promises. */
  async #begin<Result>(sql: Sql, work: (tx: Transaction) => Promise<Result>) {
    if (!this.isPooled) return await sql.begin(async (tx) => ({ result: await work(tx) }));
    return await sql.begin(this.#pooledBegin, async (tx) => {
      // Sent with the first statement: no round trip.
      const set = tx.unsafe(this.#settings).execute();
      const [result] = await Promise.all([work(tx), set]);
      return { result };
    });
  }

  #renew(): void {
    this.#consecutiveFailures = 0;
    this.#renewedAtMs = performance.now();
    this.#connections.renew();
  }
}
