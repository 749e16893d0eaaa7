import type { SQL } from "bun";
import { withDeadline } from "../async/deadline.ts";
import { errorText, QueueFlowError } from "../errors.ts";
import { type PostgresHost, severalHostsOf, urlOfHost } from "../postgres-hosts.ts";
import { serverAddress } from "../server-address.ts";
import { CONNECT_TIMEOUT_S } from "./open-connection.ts";
import { openSql, type SqlOptions } from "./open-sql.ts";

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
  /** Undefined when a connection has ended since. */
  #found: Promise<SQL> | undefined;
  #isClosed = false;

  constructor(options: SqlOptions) {
    this.#options = options;
    this.#hosts = severalHostsOf(options.url);
  }

  /** @throws QueueFlowError `database_unavailable` when none of several hosts is a primary that answers. */
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
    if (this.#connections?.url !== url) {
      void this.#connections?.sql.close({ timeout: 0 }).catch(() => undefined);
      this.#connections = { url, sql: openSql({ ...this.#options, url, onEnd: this.#onEnd }) };
    }
    return this.#connections.sql;
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
  const address = serverAddress(url);
  const sql = openSql({ url, connectionsMax: 1 });
  try {
    const asking = sql<{ isStandby: boolean }[]>`SELECT pg_is_in_recovery() AS "isStandby"`;
    const onLate = (): never => {
      throw new Error(`no answer in ${FIND_DEADLINE_MS} ms`);
    };
    const [row] = await withDeadline(asking, { deadlineMs: FIND_DEADLINE_MS, onLate });
    if (row?.isStandby === false) return url;
    throw new Error("it is a standby");
  } catch (error) {
    throw new Error(`${address}: ${errorText(error)}`, { cause: error });
  } finally {
    void sql.close({ timeout: 0 }).catch(() => undefined);
  }
}
