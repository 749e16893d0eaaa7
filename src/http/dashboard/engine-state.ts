import type { PartState } from "../../dashboard/api/boot.ts";
import type { HealthReport } from "../../health/health-report.ts";

export type ReportedState = Pick<HealthReport, "status" | "ingest" | "postgres" | "stream">;

export function engineState(report: ReportedState): readonly PartState[] {
  const states = [acceptingState(report), storingState(report)];
  if (report.status === "ok" || states.some((state) => state.is !== "good")) return states;
  return [...states, { is: "bad", title: "Degraded", detail: "Health names the part." }];
}

/** For readers who may not see how much is stored. */
export function acceptingOnly(report: ReportedState): readonly PartState[] {
  return [acceptingState(report)];
}

function acceptingState({ ingest }: ReportedState): PartState {
  if (ingest.error === null) {
    return { is: "good", title: "Accepting events", detail: "POST /event responds with 202." };
  }
  const detail = `POST /event responds with 503 ${ingest.error}.`;
  return { is: "bad", title: "Refusing events", detail };
}

function storingState({ status, postgres, stream }: ReportedState): PartState {
  const waiting = stream.backlog_entries;
  if (waiting === null) {
    return { is: "unknown", title: "Storing: unknown", detail: "Redis does not answer." };
  }
  const count = waiting === 0 ? "No" : waiting.toLocaleString("en");
  const detail = `${count} ${waiting === 1 ? "event waits" : "events wait"} to be stored.`;
  if (!postgres.up) return { is: "bad", title: "PostgreSQL is unavailable", detail };
  if (status === "stalled") return { is: "bad", title: "Not storing events", detail };
  return { is: "good", title: "Storing events", detail };
}
