import type { ReportMeta } from "../report.ts";
import { request } from "../request.ts";
import type { ReadableSite } from "./sites.ts";

export interface OverviewQuestion {
  /** UTC days, both included. */
  readonly from: string;
  readonly to: string;
  readonly search: string;
  readonly sort: string;
  readonly limit: number;
  readonly offset: number;
}

export interface OverviewSite extends ReadableSite {
  readonly events: number;
  readonly events_before: number;
  readonly daily_visitors: readonly number[];
}

/** Of `/sites/overview`. */
export interface Overview extends Pick<ReportMeta, "as_of" | "pending" | "lag_ms"> {
  readonly sites: readonly OverviewSite[];
  readonly total_sites: number;
  /** The sites lie on several servers: sums of two sites may be of different moments. */
  readonly distributed: boolean;
}

/** @throws RequestFailure; the reason of `signal` when it aborts. */
export async function askOverview(
  { search, limit, offset, ...question }: OverviewQuestion,
  signal: AbortSignal,
): Promise<Overview> {
  const parameters = new URLSearchParams({
    ...question,
    limit: String(limit),
    offset: String(offset),
    ...(search !== "" && { search }),
  });
  return await (await request(`sites/overview?${parameters}`, {}, signal)).json();
}
