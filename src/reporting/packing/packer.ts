import { retryDelayMs } from "../../async/backoff.ts";
import { wait } from "../../async/wait.ts";
import { errorText, QueueFlowError } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import { Outage } from "../../log/outage.ts";
import type { PackingMetrics } from "../../metrics/packing-metrics.ts";
import type { Database } from "../../store/database.ts";
import { findDaysInParts } from "../../store/packing/days-in-parts.ts";
import { countNewRows, countTails } from "../../store/packing/tails.ts";
import { readLastDrawnId, Watermark } from "../../store/packing/watermark.ts";
import type { PrimarySql } from "../../store/primary-sql.ts";
import { mergeDay } from "./merge-day.ts";
import { type Pace, Pacer, restMs } from "./pace.ts";
import { packSite } from "./pack-site.ts";
import { preparePacking } from "./prepare-packing.ts";
import { Tails } from "./tails.ts";

const INTERVAL_MS = 1_000;
/** Tails are counted up to it at the start, since counting reads every row of an index. */
const COUNTED_ROWS_MAX = 1_000_000;
/** Days merged before new rows are looked for again. */
const MERGED_DAYS_MAX = 100;
/** Finding days to merge reads an index whole. Some are merged this often even while rows are due, since a prune waits for it. */
const MERGE_INTERVAL_MS = 10 * 60 * 1_000;

export interface PackerOptions {
  readonly database: Database;
  readonly sql: PrimarySql;
  readonly log: Log;
  readonly metrics: PackingMetrics;
  /** Returns entries of the stream that wait to be stored; undefined when unknown. */
  readonly readBacklog: () => Promise<number | undefined>;
  /** Runs a transaction, and notes how long it has been running. */
  readonly commit: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Called with the outcome of each pass. */
  readonly settle: (error?: unknown) => void;
  readonly isDefect: (error: unknown) => boolean;
  readonly remedyOf: (error: unknown) => string | undefined;
}

/** Packs new rows of all sites until its signal aborts. Any number of processes may: a site's chunks are changed by one session at a time. */
export class Packer {
  readonly #options: PackerOptions;
  #tails = new Tails();
  readonly #pacer = new Pacer();
  readonly #watermark: Watermark;
  #secret = new Uint8Array();
  /** Rows up to it are packed or in `#tails`; undefined before the first count. */
  #knownId: bigint | undefined;
  #drawnId = 0n;
  #mergeAtMs = 0;
  /** Whether days that were over got parts since days were merged, as by an import. */
  #hasPartsOfThePast = false;

  constructor(options: PackerOptions) {
    this.#options = options;
    this.#watermark = new Watermark(options.database);
    options.metrics.watch({
      unpackedEvents: () => this.#tails.rows,
      unpackedMs: () => this.#tails.ageMs(performance.now()),
      unsettledIds: () => Number(this.#drawnId - this.#watermark.settledId),
    });
  }

  /** Undefined until the first count. */
  get unpackedEvents(): number | undefined {
    return this.#knownId === undefined ? undefined : this.#tails.rows;
  }

  /** @throws Defects of this program. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, settle, isDefect, remedyOf } = this.#options;
    const outage = new Outage(log, {
      began: "Packing failed, retrying",
      ended: "Packing works again",
      remedyOf,
    });
    let isPrepared = false;
    for (let attempt = 1; !signal.aborted; ) {
      try {
        isPrepared ||= await this.#prepare(signal);
        if (isPrepared) await this.#pass(signal);
        settle();
        outage.recovered();
        attempt = 1;
        await wait(INTERVAL_MS, signal);
      } catch (error) {
        if (isDefect(error)) throw error;
        settle(error);
        outage.failed(error);
        await wait(retryDelayMs(attempt), signal);
        attempt += 1;
      }
    }
  }

  async #prepare(signal: AbortSignal): Promise<boolean> {
    const { database, log } = this.#options;
    const secret = await preparePacking(database, log, signal);
    if (secret === undefined) return false;
    this.#secret = new Uint8Array(secret);
    return true;
  }

  async #pass(signal: AbortSignal): Promise<void> {
    this.#drawnId = await readLastDrawnId(this.#options.database);
    const settledId = await this.#watermark.advance();
    // The server was replaced or restarted.
    if (settledId < (this.#knownId ?? 0n)) this.#forgetTails();
    if (settledId === 0n) return;
    await this.#findNew(settledId, signal);
    const pace = await this.#pace();
    if (pace === "none") return;
    // Long enough for the work of an interval, so that the watermark and the pace stay current.
    const untilMs = performance.now() + INTERVAL_MS;
    while (!signal.aborted && performance.now() < untilMs) {
      const siteId = this.#tails.due(performance.now());
      if (siteId === undefined && this.#hasPartsOfThePast) {
        this.#hasPartsOfThePast = false;
        this.#mergeAtMs = 0;
      }
      if (performance.now() >= this.#mergeAtMs) {
        const merged = await this.#mergeDays(pace, signal);
        // Without any, the rest belongs to another session.
        if (merged === 0 || siteId !== undefined) {
          this.#mergeAtMs = performance.now() + MERGE_INTERVAL_MS;
        }
      }
      if (siteId === undefined) return;
      await this.#pack(siteId, { pace, signal });
    }
  }

  #forgetTails(): void {
    this.#tails = new Tails();
    this.#knownId = undefined;
  }

  async #findNew(settledId: bigint, signal: AbortSignal): Promise<void> {
    const { database } = this.#options;
    if (this.#knownId === undefined) {
      for (let afterSite: string | undefined = ""; afterSite !== undefined && !signal.aborted; ) {
        const page = { afterSite, settledId, rowsMax: COUNTED_ROWS_MAX };
        const { tails, lastSite } = await countTails(database, page);
        this.#tails.add(tails, performance.now());
        afterSite = lastSite;
      }
      this.#knownId = settledId;
    }
    while (this.#knownId < settledId && !signal.aborted) {
      const span = { afterId: this.#knownId, untilId: settledId };
      const { tails, lastId } = await countNewRows(database, span);
      this.#tails.add(tails, performance.now());
      this.#knownId = lastId;
    }
  }

  async #pace(): Promise<Pace> {
    const backlog = await this.#options.readBacklog();
    return this.#pacer.next(backlog, this.#tails.largest, performance.now());
  }

  async #pack(
    siteId: string,
    { pace, signal }: { readonly pace: Exclude<Pace, "none">; readonly signal: AbortSignal },
  ): Promise<void> {
    const { log, metrics, commit } = this.#options;
    const sql = await this.#options.sql.open();
    const startedAtMs = performance.now();
    try {
      const options = {
        siteId,
        settledId: this.#knownId ?? 0n,
        witness: this.#watermark.witness,
        secret: this.#secret,
      };
      const outcome = await commit(async () => await packSite(sql, options));
      const tookMs = performance.now() - startedAtMs;
      if (outcome.kind === "busy") this.#tails.postpone(siteId, "busy", performance.now());
      else {
        this.#tails.packed(siteId, outcome);
        if (isOver(outcome.firstDate)) this.#hasPartsOfThePast = true;
        metrics.packed(outcome.rows, tookMs);
        log.debug({ siteId, events: outcome.rows, tookMs: Math.round(tookMs) }, "Events packed");
      }
      await wait(restMs(pace, tookMs), signal);
    } catch (error) {
      this.#logDamage(siteId, error);
      this.#tails.postpone(siteId, "failed", performance.now());
    }
  }

  /** A day gets a part every time that rows are packed; once it is over, questions about it read one. Returns how many days were merged. */
  async #mergeDays(pace: Exclude<Pace, "none">, signal: AbortSignal): Promise<number> {
    const { commit, log } = this.#options;
    const sql = await this.#options.sql.open();
    let merged = 0;
    for (const day of await sql.begin(async (tx) => await findDaysInParts(tx, MERGED_DAYS_MAX))) {
      if (signal.aborted) break;
      const startedAtMs = performance.now();
      try {
        if (await commit(async () => await mergeDay(sql, day, this.#secret))) merged += 1;
      } catch (error) {
        this.#logDamage(day.siteId, error);
      }
      await wait(restMs(pace, performance.now() - startedAtMs), signal);
    }
    if (merged > 0) log.debug({ days: merged }, "Parts of days merged");
    return merged;
  }

  /** @throws What is no damage. */
  #logDamage(siteId: string, error: unknown): void {
    if (!isDamage(error)) throw error;
    this.#options.log.error(
      {
        siteId,
        error: errorText(error),
        remedy: `Run \`queueflow packing rebuild --site ${siteId}\``,
      },
      "A day chunk is damaged; the site's new events are not packed",
    );
  }
}

/** By this process's clock: it decides only how soon days are merged. */
function isOver(date: string | undefined): boolean {
  return date !== undefined && date < new Date().toISOString().slice(0, "2026-01-01".length);
}

function isDamage(error: unknown): boolean {
  return error instanceof QueueFlowError && error.code === "chunk_damaged";
}
