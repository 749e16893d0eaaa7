import { remedyOf } from "../consume/failure.ts";
import { type ErrorCode, errorText, QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { Outage } from "../log/outage.ts";
import type { ReportMetrics } from "../metrics/report-metrics.ts";
import { answerQuestion } from "../reporting/answer-question.ts";
import { type Ended, QuestionDesk } from "../reporting/questions/question-desk.ts";
import type { RunningRole } from "./running-role.ts";

export interface ReportRoleOptions {
  readonly log: Log;
  readonly metrics: ReportMetrics;
}

/** Answers the questions of the ingest threads, which never compute reports. Connects with the first one. */
export function startReportRole({ log, metrics }: ReportRoleOptions): RunningRole {
  const done = Promise.withResolvers<void>();
  const reads = new Outage(log, {
    began: "PostgreSQL failed to read a report; questions are refused with 503",
    ended: "PostgreSQL reads reports again",
    remedyOf,
  });
  let error: ErrorCode | null = null;
  const desk = new QuestionDesk({ answer: answerQuestion, onEnded: noteEnd });
  metrics.watch({ held: () => desk.size });
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
    done.resolve();
  }
}
