import { QueueFlowError } from "../errors.ts";
import { isDatabaseError } from "../store/database-error.ts";
import { SnapshotLost } from "../store/reports/read-transaction.ts";
import type { ExportSessions } from "./export/export-sessions.ts";
import { columnsOf } from "./fold/columns-of.ts";
import { foldReport } from "./fold/fold-report.ts";
import type { Vocabularies } from "./fold/ids/vocabularies.ts";
import { answerLive } from "./live/answer-live.ts";
import { planInSnapshot } from "./plan-in-snapshot.ts";
import { printAnswer } from "./print-answer.ts";
import type { ReportPlan, ReportQuery } from "./query/report-query.ts";
import type { Turn } from "./questions/fold-turns.ts";
import type { Answer, Question, ReportQuestion } from "./questions/messages.ts";
import { openSiteSnapshot } from "./snapshot/open-site-snapshot.ts";
import type { SnapshotSource } from "./snapshot/snapshot-source.ts";

/** Bounds how long a question reads and computes: some 15 ns an event, and more for each dimension. */
const EVENTS_MAX = 100_000_000;

interface AskedTurn extends Turn {
  /** When the question was asked, by `performance.now()`. Without it, it shares no snapshot. */
  readonly askedAtMs?: number;
}

export interface AnswerParts {
  readonly source: SnapshotSource;
  readonly exports: ExportSessions;
  readonly vocabularies: Vocabularies;
  readonly turn: AskedTurn;
}

/**
 * @throws InvalidFieldsError; QueueFlowError `query_too_large`, `reports_overloaded`, `report_unavailable`, `database_unavailable`; the
 *   reason of the turn's signal.
 */
export async function answerQuestion(
  question: Question,
  { source, exports, vocabularies, turn }: AnswerParts,
): Promise<Answer> {
  try {
    switch (question.kind) {
      case "report":
        return await answerReport(question, { source, vocabularies, turn });
      case "export":
        return await exports.answer(question, turn);
      case "live":
        return await answerLive(question, source, turn);
    }
  } catch (error) {
    turn.signal.throwIfAborted();
    if (error instanceof QueueFlowError || !isDatabaseError(error)) throw error;
    const message = "PostgreSQL could not read the events";
    throw new QueueFlowError("database_unavailable", message, { cause: error });
  }
}

/** Questions that share a snapshot fail together. Those that are not at fault are answered from another. */
export async function answerReport(
  question: ReportQuestion,
  { turn, ...parts }: Omit<AnswerParts, "exports">,
): Promise<Answer> {
  try {
    return await answerInSnapshot(question, parts, turn);
  } catch (error) {
    if (!(error instanceof SnapshotLost)) throw error;
    const { signal } = turn;
    return await answerInSnapshot(question, parts, { signal, pause: () => turn.pause() });
  }
}

/** Answers from one snapshot of the site's settings and events. */
async function answerInSnapshot(
  { query, format, freshness }: ReportQuestion,
  { source, vocabularies }: Pick<AnswerParts, "source" | "vocabularies">,
  work: AskedTurn,
): Promise<Answer> {
  const { snapshot, plan } = await openPlanned(query, source, work);
  try {
    const report = await foldReport(plan, snapshot, work, vocabularies);
    const { asOfMs } = snapshot;
    return printAnswer(format, { query, plan, report, asOfMs, freshness });
  } finally {
    snapshot.end();
  }
}

/** What is read depends on the plan, which depends on the site's settings in the same snapshot. */
async function openPlanned(query: ReportQuery, source: SnapshotSource, work: AskedTurn) {
  const { signal, askedAtMs } = work;
  const planned = Promise.withResolvers<ReportPlan>();
  const snapshot = await openSiteSnapshot(source, {
    siteId: query.siteId,
    signal,
    ...(askedAtMs !== undefined && { askedAtMs }),
    eventsMax: EVENTS_MAX,
    pause: () => work.pause(),
    choose: async (opened) => {
      const plan = await planInSnapshot(query, { ...opened, pause: () => work.pause() });
      planned.resolve(plan);
      return columnsOf(plan);
    },
  });
  return { snapshot, plan: await planned.promise };
}
