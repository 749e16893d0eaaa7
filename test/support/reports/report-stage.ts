import type { Sql } from "postgres";
import type { ReportQuery, SiteSettings } from "../../../src/reporting/query/report-query.ts";
import type { Database } from "../../../src/store/database.ts";
import { type Answers, type AskEngine, askBoth } from "./check-report.ts";
import { judgeSite } from "./oracle/ask-oracle.ts";
import type { PackLimits, Step, World } from "./random/random-case.ts";
import { SITES } from "./random/random-events.ts";
import { storeEvents } from "./store-events.ts";

export interface TestedEngine {
  readonly ask: AskEngine;
  /** Sets up the site of a question. */
  readonly prepare?: (siteId: string, settings: SiteSettings) => Promise<void>;
  pack(siteId: string, limits: PackLimits): Promise<void>;
  merge(siteId: string): Promise<void>;
  /** Deletes raw rows of the days before a date, if they are packed. */
  prune(before: string): Promise<void>;
}

export interface StageServers {
  /** One connection. */
  readonly sql: Sql;
  readonly database: Database;
  readonly engine: TestedEngine;
}

const ALL_ROWS = "oracle_rows";
let stages = 0;

/**
 * Plays the steps of a world on sites of its own, and compares the answers of the engine with those of the oracle. The oracle
 * reads a copy of the rows, from which nothing is pruned.
 */
export class ReportStage {
  readonly #servers: StageServers;
  readonly #world: Pick<World, "settings" | "nowMs">;
  readonly #suffix: string;
  readonly #prepared = new Set<string>();
  /** UTC dates by site. */
  readonly #lostDays = new Map<string, Set<string>>();
  #judged: string | undefined;

  constructor(servers: StageServers, world: Pick<World, "settings" | "nowMs">) {
    stages += 1;
    this.#servers = servers;
    this.#world = world;
    this.#suffix = ` ${stages}`;
  }

  async apply(step: Step): Promise<void> {
    const { sql, database, engine } = this.#servers;
    switch (step.kind) {
      case "store": {
        const events = step.events.map((event) => ({
          ...event,
          siteId: this.#nameOf(event.siteId),
        }));
        await storeEvents(database, events);
        await copyRows(sql);
        this.#judged = undefined;
        return;
      }
      case "pack": {
        const sites = step.siteId === undefined ? SITES : [step.siteId];
        for (const site of sites) await engine.pack(this.#nameOf(site), step);
        return;
      }
      case "merge":
        for (const site of SITES) await engine.merge(this.#nameOf(site));
        return;
      case "prune":
        await engine.prune(step.before);
        return;
      case "lose":
        for (const site of SITES) await this.#lose(this.#nameOf(site), step.before);
        this.#judged = undefined;
    }
  }

  /** Returns the answers of the oracle and of the engine. */
  async ask(question: ReportQuery): Promise<Answers> {
    const query = { ...question, siteId: this.#nameOf(question.siteId) };
    const { sql, engine } = this.#servers;
    if (!this.#prepared.has(query.siteId)) {
      await engine.prepare?.(query.siteId, this.#world.settings);
      this.#prepared.add(query.siteId);
    }
    if (this.#judged !== query.siteId)
      await judgeSite(sql, {
        siteId: query.siteId,
        table: ALL_ROWS,
        lostDays: [...(this.#lostDays.get(query.siteId) ?? [])],
      });
    this.#judged = query.siteId;
    return await askBoth(sql, { ...this.#world, query }, engine.ask);
  }

  /** The rollups stay. An engine that packs meanwhile leaves the site alone. */
  async #lose(siteId: string, before: string): Promise<void> {
    const days = await this.#servers.sql.begin(async (tx) => {
      await tx`INSERT INTO site_packing (site_id) VALUES (${siteId}) ON CONFLICT DO NOTHING`;
      await tx`SELECT FROM site_packing WHERE site_id = ${siteId} FOR UPDATE`;
      return await tx<{ date: string }[]>`
        WITH lost AS (
          DELETE FROM events WHERE site_id = ${siteId} AND (timestamp AT TIME ZONE 'UTC')::date < ${before}::text::date
            AND id > (SELECT packed_id FROM site_packing WHERE site_id = ${siteId})
          RETURNING id, (timestamp AT TIME ZONE 'UTC')::date AS date
        ), forgotten AS (
          DELETE FROM ${tx(ALL_ROWS)} WHERE id IN (SELECT id FROM lost)
        )
        INSERT INTO pruned_days AS pruned (site_id, date, events)
        SELECT ${siteId}, date, count(*) FROM lost GROUP BY date
        ON CONFLICT (site_id, date) DO UPDATE SET events = pruned.events + excluded.events
        RETURNING date::text`;
    });
    const lost = this.#lostDays.get(siteId) ?? new Set();
    this.#lostDays.set(siteId, lost);
    for (const { date } of days) lost.add(date);
  }

  #nameOf(siteId: string): string {
    return siteId + this.#suffix;
  }
}

/** Makes the table that the oracle reads. */
export async function createCopy(sql: Sql): Promise<void> {
  await sql.unsafe(`
    CREATE TABLE IF NOT EXISTS ${ALL_ROWS} (LIKE events);
    CREATE INDEX IF NOT EXISTS ${ALL_ROWS}_of_site ON ${ALL_ROWS} (site_id);
    CREATE INDEX IF NOT EXISTS ${ALL_ROWS}_id ON ${ALL_ROWS} (id)`);
}

async function copyRows(sql: Sql): Promise<void> {
  await sql.unsafe(
    `INSERT INTO ${ALL_ROWS} SELECT * FROM events WHERE id > (SELECT coalesce(max(id), 0) FROM ${ALL_ROWS})`,
  );
}
