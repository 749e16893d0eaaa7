import type { SQL } from "bun";
import { unlessAborted } from "../../async/deadline.ts";
import type { PrimarySql } from "../../store/primary-sql.ts";
import type { RawColumnName } from "../../store/reports/raw-rows.ts";
import { readSiteSettings, type StoredSettings } from "../../store/reports/read-site-settings.ts";
import { ReadTransaction } from "../../store/reports/read-transaction.ts";
import {
  type Opening,
  readDayTotals,
  readOpening,
  readParts,
} from "../../store/reports/snapshot-rows.ts";
import { ROWS_MAX } from "../columns/rows/row-order.ts";
import { SECRET_BYTES } from "../columns/user-hash.ts";
import { type DayContents, joinDays } from "./day-contents.ts";
import { type RowRange, readRows } from "./read-rows.ts";
import { type DayRows, SharedRows } from "./shared-rows.ts";

export interface SiteOpening extends Opening {
  readonly settings: StoredSettings;
  /** Nothing was packed before there was one, so that the hashes of zeros are compared with no others. */
  readonly secret: Uint8Array;
}

/** What was read of a site in one snapshot, for all questions that share it. Each joins, and leaves in the end. */
export class SiteReads {
  readonly siteId: string;
  readonly #onEnded: (reads: SiteReads) => void;
  readonly #left = new AbortController();
  readonly #opening: Promise<SiteOpening>;
  /** By dates. */
  readonly #contents = new Map<string, Promise<readonly DayContents[]>>();
  /** By dates and ids. */
  readonly #tails = new Map<string, SharedRows>();
  #transaction: ReadTransaction | undefined;
  #readers = 0;
  #hasFailed = false;

  constructor(connections: PrimarySql, siteId: string, onEnded: (reads: SiteReads) => void) {
    this.siteId = siteId;
    this.#onEnded = onEnded;
    this.#opening = this.#open(connections);
    this.#opening.catch(() => {
      this.#hasFailed = true;
    });
  }

  /** Whether the snapshot has all that was committed before an instant of `performance.now()`, and can be read. */
  hasAllUntil(askedAtMs: number): boolean {
    if (this.#left.signal.aborted || this.#hasFailed) return false;
    const transaction = this.#transaction;
    return (
      transaction === undefined || (askedAtMs < transaction.beganAtMs && !transaction.hasFailed)
    );
  }

  join(): void {
    this.#readers += 1;
  }

  /** After the last reader the transaction ends, unless another joins in this turn of the event loop. */
  leave(): void {
    this.#readers -= 1;
    if (this.#readers === 0) setImmediate(() => this.#endUnlessRead());
  }

  async opening(signal: AbortSignal): Promise<SiteOpening> {
    return await unlessAborted(this.#opening, signal);
  }

  /** Throws as `ReadTransaction` does. */
  async read<Result>(work: (sql: SQL) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    return await (await this.#begun()).read(work, signal);
  }

  /** Returns what is known of the days from one to another, both included. */
  async contentsOf(from: string, to: string): Promise<readonly DayContents[]> {
    const key = `${from} ${to}`;
    const known = this.#contents.get(key);
    if (known !== undefined) return await known;
    const contents = this.#readContents(from, to);
    this.#contents.set(key, contents);
    return await contents;
  }

  /** Returns the rows of the tail in a range by date, with at least the given columns, in order of time and `event_id`. */
  async tailOf(range: RowRange, columns: readonly RawColumnName[]): Promise<DayRows> {
    const key = `${range.from} ${range.to} ${range.firstId} ${range.lastId}`;
    const tail = this.#tails.get(key) ?? this.#openTail(range);
    this.#tails.set(key, tail);
    return await tail.withColumns(columns);
  }

  async #open(connections: PrimarySql): Promise<SiteOpening> {
    const transaction = await ReadTransaction.begin(connections, this.#left.signal);
    this.#transaction = transaction;
    const { siteId } = this;
    const [opening, settings] = await transaction.read(
      async (sql) =>
        await Promise.all([
          readOpening(sql, { siteId, tailRowsMax: ROWS_MAX }),
          readSiteSettings(sql, siteId),
        ]),
    );
    return { ...opening, settings, secret: opening.secret ?? new Uint8Array(SECRET_BYTES) };
  }

  async #begun(): Promise<ReadTransaction> {
    await this.#opening;
    if (this.#transaction === undefined) throw new Error("Expected an open snapshot");
    return this.#transaction;
  }

  async #readContents(from: string, to: string): Promise<readonly DayContents[]> {
    const query = { siteId: this.siteId, from, to };
    const { tail } = await this.#opening;
    const [totals, parts] = await this.read(
      async (sql) => await Promise.all([readDayTotals(sql, query), readParts(sql, query)]),
    );
    const inRange = tail.filter(({ date }) => date >= from && date <= to);
    return joinDays(totals, parts, inRange);
  }

  #openTail(range: RowRange): SharedRows {
    return new SharedRows(async (columns) => {
      const { secret } = await this.#opening;
      const { siteId } = this;
      return await readRows(
        { siteId, columns, secret, read: async (work) => await this.read(work) },
        range,
      );
    });
  }

  #endUnlessRead(): void {
    if (this.#readers > 0) return;
    this.#left.abort();
    this.#onEnded(this);
    this.#transaction?.end();
  }
}
