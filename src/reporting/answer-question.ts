import { InvalidFieldsError, QueueFlowError } from "../errors.ts";
import { isDatabaseError } from "../store/database-error.ts";
import { readSiteSettings } from "../store/reports/read-site-settings.ts";
import { columnsOf } from "./fold/columns-of.ts";
import { foldReport } from "./fold/fold-report.ts";
import { printAnswer } from "./print-answer.ts";
import { planReport } from "./query/plan-report.ts";
import type { ReportPlan, ReportQuery } from "./query/report-query.ts";
import type { Turn } from "./questions/fold-turns.ts";
import type { Answer, Question } from "./questions/messages.ts";
import { siteSettings } from "./site-settings.ts";
import { type OpenedSnapshot, openSiteSnapshot } from "./snapshot/open-site-snapshot.ts";
import type { SnapshotSource } from "./snapshot/snapshot-source.ts";

/** Bounds how long a question reads and computes: some 15 ns an event, and more for each dimension. */
const EVENTS_MAX = 100_000_000;

/**
 * Answers from one snapshot of the site's settings and events.
 *
 * @throws InvalidFieldsError; QueueFlowError `query_too_large`, `database_unavailable`; the reason of the turn's signal.
 */
export async function answerQuestion(
  { query, format, freshness }: Question,
  { source, turn }: { readonly source: SnapshotSource; readonly turn: Turn },
): Promise<Answer> {
  try {
    const { snapshot, plan } = await openPlanned(query, source, turn);
    try {
      const report = await foldReport(plan, snapshot, turn);
      const { asOfMs } = snapshot;
      return printAnswer(format, { query, plan, report, asOfMs, freshness });
    } finally {
      await snapshot.end();
    }
  } catch (error) {
    turn.signal.throwIfAborted();
    if (error instanceof QueueFlowError || !isDatabaseError(error)) throw error;
    const message = "PostgreSQL could not read the report";
    throw new QueueFlowError("database_unavailable", message, { cause: error });
  }
}

/** What is read depends on the plan, which depends on the site's settings in the same snapshot. */
async function openPlanned(query: ReportQuery, source: SnapshotSource, turn: Turn) {
  const planned = Promise.withResolvers<ReportPlan>();
  const snapshot = await openSiteSnapshot(source, {
    siteId: query.siteId,
    signal: turn.signal,
    eventsMax: EVENTS_MAX,
    pause: () => turn.pause(),
    choose: async (opened) => {
      const plan = await planOf(query, opened);
      planned.resolve(plan);
      return columnsOf(plan);
    },
  });
  return { snapshot, plan: await planned.promise };
}

async function planOf(
  query: ReportQuery,
  { sql, asOfMs, readBounds }: OpenedSnapshot,
): Promise<ReportPlan> {
  const settings = siteSettings(await readSiteSettings(sql, query.siteId));
  const { dateRange } = query;
  const isAll = dateRange.kind === "preset" && dateRange.preset === "all";
  const bounds = isAll ? await readBounds() : undefined;
  const planned = planReport(query, settings, { nowMs: asOfMs, ...bounds });
  if (planned.kind === "plan") return planned.plan;
  throw new InvalidFieldsError(planned.fields);
}
