import type { Answer, Question } from "../../reporting/questions/messages.ts";
import type { Backlog } from "../../stream/inspect/read-backlog.ts";
import { freshnessOf } from "../routes/query/freshness.ts";

/** Returns the answer of `/live`. Throws as `ReportThreads.ask` does. */
export type AskLive = (siteId: string, signal: AbortSignal) => Promise<string>;

export interface LiveQuestionSources {
  readonly askReport: (question: Question, signal: AbortSignal) => Promise<Answer>;
  readonly readBacklog: () => Promise<Backlog>;
}

const decoder = new TextDecoder();

export function askLive({ askReport, readBacklog }: LiveQuestionSources): AskLive {
  return async (siteId, signal) => {
    const freshness = await freshnessOf(readBacklog);
    const question: Question = { kind: "live", siteId, ...(freshness && { freshness }) };
    const { body } = await askReport(question, signal);
    return decoder.decode(body);
  };
}
