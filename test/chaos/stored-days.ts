import type { Sql } from "postgres";

export interface DayCounts {
  readonly events: number;
  readonly visitors: number;
}

/** What was stored and visible when the tables were last read. In a round, counts only grow. */
export class StoredDays {
  readonly #sql: Sql;
  #days: ReadonlyMap<string, ReadonlyMap<string, DayCounts>> = new Map();
  #reading: Promise<void> | undefined;

  /** `sql` has one connection. */
  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get sites(): readonly string[] {
    return [...this.#days.keys()];
  }

  /** By UTC date. */
  of(siteId: string): ReadonlyMap<string, DayCounts> {
    return this.#days.get(siteId) ?? new Map();
  }

  /** Reads the tables, or waits for the reading that hangs. */
  async read(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  /** Reads what is visible from now on. */
  async readAgain(): Promise<void> {
    await this.#reading?.catch(() => undefined);
    await this.read();
  }

  async #read(): Promise<void> {
    const sql = this.#sql;
    const rows = await sql<{ site: string; date: string; events: number; visitors: number }[]>`
      SELECT site_id AS site, date::text, total_views::int AS events, unique_users::int AS visitors
      FROM daily_site_stats ORDER BY site_id, date`;
    this.#days = new Map(
      [...Map.groupBy(rows, ({ site }) => site)].map(([site, days]) => [
        site,
        new Map(days.map(({ date, events, visitors }) => [date, { events, visitors }])),
      ]),
    );
  }
}
