import type { Plan } from "./plan.ts";
import { reportText } from "./report-text.ts";
import { resultOf, type SummaryData } from "./result.ts";
import { TEXT } from "./setting-kinds.ts";
import { setting } from "./settings.ts";

/** Where `bun run bench:k6 --all` reads the result. */
const RESULT_FILE = setting("RESULT_FILE", TEXT, "");

/** Returns what k6 prints at the end, and the content of the result file. */
export function summaryOf(plan: Plan, data: SummaryData): Record<string, string> {
  const result = resultOf(plan, data);
  const stdout = reportText(result);
  return RESULT_FILE === "" ? { stdout } : { stdout, [RESULT_FILE]: JSON.stringify(result) };
}
