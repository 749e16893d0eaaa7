import { isDeepStrictEqual } from "node:util";
import type { Sql } from "postgres";
import type { ReportQuery, SiteSettings } from "../../../src/reporting/query/report-query.ts";
import type { Answer } from "./oracle/answer.ts";
import { askOracle } from "./oracle/ask-oracle.ts";

/** A question with what its answer depends on. */
export interface AskedReport {
  readonly query: ReportQuery;
  readonly settings: SiteSettings;
  readonly nowMs: number;
}

/** An engine that answers by HTTP has a clock of its own. */
export interface EngineAnswer {
  readonly answer: Answer;
  readonly nowMs?: number;
}

export type AskEngine = (asked: AskedReport) => Promise<EngineAnswer>;

export interface Answers {
  readonly expected: Answer;
  readonly received: Answer | { readonly error: string };
}

/** Asks the engine and the oracle. Call `judgeSite` first. */
export async function askBoth(
  sql: Sql,
  asked: AskedReport,
  askEngine: AskEngine,
): Promise<Answers> {
  const { answer: received, nowMs = asked.nowMs } = await askEngine(asked).catch(
    (error: unknown) => ({ answer: { error: String(error) }, nowMs: asked.nowMs }),
  );
  return { expected: await askOracle(sql, { ...asked, nowMs }), received };
}

export function areEqual({ expected, received }: Answers): boolean {
  // Through JSON, in which -0 is 0.
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  return isDeepStrictEqual(plain(expected), plain(received));
}
