import type { SQL, TransactionSQL } from "bun";
import { withDeadline } from "../async/deadline.ts";
import { errorText, QueueFlowError } from "../errors.ts";
import { type PostgresHost, severalHostsOf, urlOfHost } from "../postgres-hosts.ts";
import { serverAddress } from "../server-address.ts";
import { MissedDeadline } from "./database-error.ts";
import { CONNECT_TIMEOUT_S, settingsOf } from "./open-connection.ts";
import { openSql, type SqlOptions } from "./open-sql.ts";
import { LOOK_AT_SERVER, serverKind } from "./server-kind.ts";
import { localSettings } from "./session-settings.ts";

/** Longer than connecting may take, so that an error names the host. */
const FIND_DEADLINE_MS = CONNECT_TIMEOUT_S * 1_000 + 500;

/**
 * Connections of Bun's driver, which takes one host, to the primary of a URL with one host or several. It looks for the primary again
 * after a connection has ended.
 */
export class PrimarySql {
  readonly #options: SqlOptions;
  /** Undefined for one host or a socket. */
  readonly #hosts: readonly PostgresHost[] | undefined;
  /** Of the primary that was found last. */
  #connections: { readonly url: string; readonly sql: SQL } | undefined;
  /** Undefined before the first connection. */
  #isPooled: boolean | undefined;
  /** Undefined when a connection has ended since. */
  #found: Promise<SQL> | undefined;
  #isClosed = false;

  constructor(options: SqlOptions) {
    this.#options = options;
    this.#hosts = severalHostsOf(options.url);
  }

  /** Statements that a transaction needs before others: a pooler keeps no settings. Known once `open` has resolved. */
  get localSettings(): string {
    if (this.#isPooled !== true) return "";
    const { isForReading = false, settings } = this.#options;
    return localSettings({ ...settingsOf(isForReading), ...settings });
  }

  /** @throws QueueFlowError `database_unavailable` when none of several hosts is a primary that answers; what the driver throws. */
  async open(): Promise<SQL> {
    if (this.#isClosed) throw new QueueFlowError("database_unavailable", CLOSED);
    this.#found ??= this.#find().catch((error: unknown) => {
      this.#found = undefined;
      throw error;
    });
    return await this.#found;
  }

  async close({ timeout }: { readonly timeout: number }): Promise<void> {
    this.#isClosed = true;
    await this.#found?.catch(() => undefined);
    await this.#connections?.sql.close({ timeout });
  }

  async #find(): Promise<SQL> {
    const url = await this.#primary();
    if (this.#connections?.url === url) return this.#connections.sql;
    if (this.#connections !== undefined) end(this.#connections.sql);
    this.#connections = undefined;
    const sql = await this.#openAt(url);
    this.#connections = { url, sql };
    return sql;
  }

  async #openAt(url: string): Promise<SQL> {
    const options = { ...this.#options, url, onEnd: this.#onEnd };
    if (this.#isPooled === undefined) {
      let sql = openSql(options);
      const { isPooled } = await serverKind(async (triesPooled) => {
        if (triesPooled) {
          end(sql);
          sql = openSql({ ...options, isPooled: true });
        }
        const rows: [string, boolean][] = await asked(sql, LOOK_AT_SERVER);
        return rows.map(([setting, hasCitus]) => ({ setting, hasCitus }))[0];
      }).catch((error: unknown) => {
        end(sql);
        throw error;
      });
      this.#isPooled = isPooled;
      if (!isPooled) return sql;
      end(sql);
    }
    const sql = openSql({ ...options, isPooled: this.#isPooled });
    if (this.#isPooled) giveSettings(sql, this.localSettings);
    return sql;
  }

  async #primary(): Promise<string> {
    const { url } = this.#options;
    return this.#hosts === undefined ? url : await findPrimary(url, this.#hosts);
  }

  readonly #onEnd = (): void => {
    if (this.#hosts !== undefined) this.#found = undefined;
  };
}

const CLOSED = "The connections to PostgreSQL are closed";

/** Asks all hosts at once. Returns the URL of the first that says it is the primary. */
async function findPrimary(url: string, hosts: readonly PostgresHost[]): Promise<string> {
  try {
    return await Promise.any(hosts.map(async (host) => await ifPrimary(urlOfHost(url, host))));
  } catch (error) {
    const reasons = error instanceof AggregateError ? error.errors.map(errorText) : [];
    const sentence = `No host of PostgreSQL at ${serverAddress(url)} is the primary: ${reasons.join("; ")}`;
    throw new QueueFlowError("database_unavailable", sentence, { cause: error });
  }
}

async function ifPrimary(url: string): Promise<string> {
  // Without settings, which a pooler refuses.
  const sql = openSql({ url, connectionsMax: 1, isPooled: true });
  try {
    const rows: [boolean][] = await asked(sql, "SELECT pg_is_in_recovery()");
    if (rows[0]?.[0] === false) return url;
    throw new Error("it is a standby");
  } catch (error) {
    throw new Error(`${serverAddress(url)}: ${errorText(error)}`, { cause: error });
  } finally {
    end(sql);
  }
}

async function asked<Row>(sql: SQL, query: string): Promise<Row[]> {
  const onLate = (): never => {
    throw new MissedDeadline(FIND_DEADLINE_MS);
  };
  const rows: Promise<Row[]> = sql.unsafe(query).values();
  return await withDeadline(rows, { deadlineMs: FIND_DEADLINE_MS, onLate });
}

function end(sql: SQL): void {
  void sql.close({ timeout: 0 }).catch(() => undefined);
}

/** Each transaction that the connections begin gets the settings first. */
function giveSettings(sql: SQL, settings: string): void {
  const begin = sql.begin.bind(sql);
  const withSettings = async (
    mode: string | SqlWork<unknown>,
    work: SqlWork<unknown> | undefined,
  ): Promise<unknown> => {
    const [text, given] = typeof mode === "string" ? [mode, work] : ["", mode];
    return await begin(text, async (tx) => {
      await tx.unsafe(settings).simple();
      return await given?.(tx);
    });
  };
  Object.assign(sql, { begin: withSettings });
}

type SqlWork<Result> = (tx: TransactionSQL) => Promise<Result>;
