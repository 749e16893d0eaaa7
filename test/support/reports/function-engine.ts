import { jsonAnswer } from "../../../src/reporting/answer/json-answer.ts";
import { columnsOf } from "../../../src/reporting/fold/columns-of.ts";
import { foldReport } from "../../../src/reporting/fold/fold-report.ts";
import { Vocabularies } from "../../../src/reporting/fold/ids/vocabularies.ts";
import { mergeDay } from "../../../src/reporting/packing/merge-day.ts";
import { packSite } from "../../../src/reporting/packing/pack-site.ts";
import { parseReportQuery } from "../../../src/reporting/query/parse-report-query.ts";
import { planReport } from "../../../src/reporting/query/plan-report.ts";
import type { ReportPlan, ReportQuery } from "../../../src/reporting/query/report-query.ts";
import { openSiteSnapshot } from "../../../src/reporting/snapshot/open-site-snapshot.ts";
import {
  openSnapshotSource,
  type SnapshotCounts,
} from "../../../src/reporting/snapshot/snapshot-source.ts";
import type { Database } from "../../../src/store/database.ts";
import { openSql } from "../../../src/store/open-sql.ts";
import { readPackingSecret } from "../../../src/store/packing/secret.ts";
import { deleteOldEvents } from "../../../src/store/upkeep/old-events.ts";
import { atOnce } from "../at-once.ts";
import type { AskedReport, EngineAnswer } from "./check-report.ts";
import { answerOf, type JsonAnswer } from "./json-answer.ts";
import { queryBody } from "./query-body.ts";
import type { TestedEngine } from "./report-stage.ts";

/** More than a test stores. */
const ROWS_MAX = 1_000_000_000;

export interface FunctionEngine extends TestedEngine, AsyncDisposable {
  /** Of its snapshots. */
  readonly counts: Readonly<SnapshotCounts>;
}

/** Packs and answers with the engine's own functions, without its threads. `await using` closes the connections. */
export async function functionEngine(url: string, database: Database): Promise<FunctionEngine> {
  const source = openSnapshotSource({ url, connectionsMax: 1, cacheBytesMax: 2 ** 22 });
  const sql = openSql({ url, connectionsMax: 1 });
  const secret = await readPackingSecret(database);
  // Small enough that some are dropped while questions are asked.
  const vocabularies = new Vocabularies(2 ** 16);
  return {
    counts: source.counts,
    async ask({ query: asked, settings, nowMs }: AskedReport): Promise<EngineAnswer> {
      const query = parsed(asked);
      let plan: ReportPlan | undefined;
      const { signal } = new AbortController();
      const snapshot = await openSiteSnapshot(source, {
        siteId: query.siteId,
        signal,
        eventsMax: 10_000_000,
        choose: async ({ readBounds }) => {
          const isAll = query.dateRange.kind === "preset" && query.dateRange.preset === "all";
          const bounds = isAll ? await readBounds() : undefined;
          const planned = atOnce(planReport(query, settings, { nowMs, ...bounds }));
          if (planned.kind !== "plan") throw new Error(JSON.stringify(planned.fields));
          plan = planned.plan;
          return columnsOf(plan);
        },
      });
      try {
        if (plan === undefined) throw new Error("The columns were not chosen");
        const turn = { pause: () => undefined, signal };
        const report = await foldReport(plan, snapshot, turn, vocabularies);
        const json: unknown = JSON.parse(jsonAnswer({ query, plan, report, asOfMs: nowMs }));
        return { answer: answerOf(json as JsonAnswer) };
      } finally {
        snapshot.end();
      }
    },
    async pack(siteId, { rowsMax, passesMax }) {
      const [row] = await sql`SELECT coalesce(max(id), 0)::text AS id FROM events`;
      const settledId = BigInt(row.id);
      for (let pass = 0; pass < passesMax; pass += 1) {
        await packSite(sql, { siteId, settledId, secret: new Uint8Array(secret), rowsMax });
      }
    },
    async merge(siteId) {
      const days = await sql`SELECT DISTINCT date::text FROM day_chunks WHERE site_id = ${siteId}`;
      for (const { date } of days) await mergeDay(sql, { siteId, date }, new Uint8Array(secret));
    },
    async prune(before) {
      const page = { before: new Date(before).toISOString(), afterId: 0n, rowsMax: ROWS_MAX };
      if ((await deleteOldEvents(database, page)) === "busy") throw new Error("Another prune runs");
    },
    async [Symbol.asyncDispose]() {
      await source.close();
      await sql.close();
    },
  };
}

function parsed(asked: ReportQuery): ReportQuery {
  const result = parseReportQuery(JSON.parse(JSON.stringify(queryBody(asked))));
  if (result.kind === "query") return result.query;
  throw new Error(`The question was refused: ${JSON.stringify(result.fields)}`);
}
