import postgres, { type Sql } from "postgres";
import { wait } from "../../src/async/wait.ts";
import { askReport } from "../support/ask-report.ts";
import type { History } from "./history.ts";
import type { World } from "./world.ts";

const INTERVAL_MS = 1_000;

export interface ReportSampler {
  /** Resolves with the number of answers. */
  stop(): Promise<number>;
}

/**
 * Asks for all events of a site, about once a second. An answer has at least those that were stored before the question, and at most
 * those that were stored when it came, whatever is packed.
 */
export function startReportSampler(
  { engine, databaseUrl }: World,
  history: History,
): ReportSampler {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  const stopping = new AbortController();
  let answers = 0;

  async function sample(siteId: string): Promise<void> {
    const before = await storedEvents(sql, siteId);
    const { status, body } = await askReport(engine, {
      site_id: siteId,
      metrics: ["events"],
      date_range: "all",
    });
    if (status === 503) return;
    const after = await storedEvents(sql, siteId);
    const [row] = body["results"] as readonly { readonly metrics: readonly number[] }[];
    const events = row?.metrics[0] ?? Number.NaN;
    answers += 1;
    if (status === 200 && events >= before && events <= after) return;
    history.fail(
      `/query returns ${status} ${JSON.stringify(body)} between ${before} and ${after} events`,
    );
  }

  async function run(): Promise<void> {
    for (let round = 0; !stopping.signal.aborted; round += 1) {
      try {
        const sites = await sql`SELECT DISTINCT site_id FROM daily_site_stats ORDER BY site_id`;
        const site = sites[round % Math.max(1, sites.length)];
        if (site !== undefined) await sample(site["site_id"]);
      } catch {
        // The engine or PostgreSQL is down.
      }
      await wait(INTERVAL_MS, stopping.signal);
    }
  }
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
      await sql.end({ timeout: 1 });
      return answers;
    },
  };
}

async function storedEvents(sql: Sql, siteId: string): Promise<number> {
  const [row] = await sql`
    SELECT coalesce(sum(total_views), 0)::int AS events FROM daily_site_stats WHERE site_id = ${siteId}`;
  return row?.["events"];
}
