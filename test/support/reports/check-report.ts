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

export type AskEngine = (asked: AskedReport) => Promise<Answer>;

export interface Answers {
  readonly expected: Answer;
  readonly received: Answer | { readonly error: string };
}

/** Asks the oracle and the engine. Call `judgeSite` first. */
export async function askBoth(
  sql: Sql,
  asked: AskedReport,
  askEngine: AskEngine,
): Promise<Answers> {
  const expected = await askOracle(sql, asked);
  const received = await askEngine(asked).catch((error: unknown) => ({ error: String(error) }));
  return { expected, received };
}

export function areEqual({ expected, received }: Answers): boolean {
  // Through JSON, in which -0 is 0.
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  return isDeepStrictEqual(plain(expected), plain(received));
}
