import type { ConnectedConfig } from "../config/config.ts";
import { REPORT_CONNECTIONS } from "../config/postgres-connections.ts";
import { remedyOf } from "../consume/failure.ts";
import { type ErrorCode, errorText, QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import type { ReportMetrics } from "../metrics/report-metrics.ts";
import { answerQuestion } from "../reporting/answer-question.ts";
import { ExportSessions } from "../reporting/export/export-sessions.ts";
import { Vocabularies } from "../reporting/fold/ids/vocabularies.ts";
import { type Ended, QuestionDesk } from "../reporting/questions/question-desk.ts";
import { openSnapshotSource } from "../reporting/snapshot/snapshot-source.ts";
import type { RunningRole } from "./running-role.ts";

/** Of decoded columns: the days that dashboards ask for again. A year of a busy site takes some 50 MB. */
const CACHE_BYTES_MAX = 128 * 1_024 * 1_024;

export interface ReportRoleOptions {
  readonly log: Log;
  readonly metrics: ReportMetrics;
}

/** Answers the questions of the ingest threads, which never compute reports. Connects with the first one. */
export function startReportRole(
  { databaseUrl: url }: Pick<ConnectedConfig, "databaseUrl">,
  { log, metrics }: ReportRoleOptions,
): RunningRole {
  const done = Promise.withResolvers<void>();
  const reads = new Outage(log, {
    began: "PostgreSQL failed to read a report; questions are refused with 503",
    ended: "PostgreSQL reads reports again",
    remedyOf,
  });
  let error: ErrorCode | null = null;
  const source = openSnapshotSource({
    url,
    connectionsMax: REPORT_CONNECTIONS,
    cacheBytesMax: CACHE_BYTES_MAX,
  });
  const exports = new ExportSessions(source);
  const vocabularies = new Vocabularies();
  const desk = new QuestionDesk({
    answer: async (question, turn) =>
      await answerQuestion(question, { source, exports, vocabularies, turn }),
    onEnded: noteEnd,
  });
  metrics.watch({ held: () => desk.size, counts: () => source.counts });
  return {
    figures: () => ({ workAgeMs: desk.workAgeMs, lastCommitAt: null, error }),
    joinPeer: (_, port) => desk.join(port),
    done: done.promise,
    stop,
  };

  function noteEnd({ outcome, tookMs, error: thrown }: Ended): void {
    metrics.ended(outcome, tookMs);
    if (outcome === "answered") {
      error = null;
      reads.recovered();
    } else if (outcome === "database_unavailable") {
      error = outcome;
      reads.failed(thrown);
    } else if (!(thrown instanceof QueueFlowError) && outcome !== "cancelled") {
      log.error({ error: errorText(thrown) }, "A question failed");
    }
  }

  async function stop(): Promise<void> {
    await desk.stop();
    await source.close();
    done.resolve();
  }
}
