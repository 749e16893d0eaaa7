import { inPieces } from "../async/pieces.ts";
import { InvalidFieldsError } from "../errors.ts";
import { planReport } from "./query/plan-report.ts";
import type { ReportPlan, ReportQuery } from "./query/report-query.ts";
import { siteSettings } from "./site-settings.ts";
import type { OpenedSnapshot } from "./snapshot/open-site-snapshot.ts";

interface PlanningParts extends OpenedSnapshot {
  readonly pause: () => Promise<void> | undefined;
}

/**
 * Makes a query concrete with the settings that the site has in the snapshot.
 *
 * @throws InvalidFieldsError where they do not allow it.
 */
export async function planInSnapshot(
  query: ReportQuery,
  { settings: stored, asOfMs, readBounds, pause }: PlanningParts,
): Promise<ReportPlan> {
  const settings = siteSettings(stored);
  const { dateRange } = query;
  const isAll = dateRange.kind === "preset" && dateRange.preset === "all";
  const bounds = isAll ? await readBounds() : undefined;
  const planned = await inPieces(planReport(query, settings, { nowMs: asOfMs, ...bounds }), pause);
  if (planned.kind === "plan") return planned.plan;
  throw new InvalidFieldsError(planned.fields);
}
