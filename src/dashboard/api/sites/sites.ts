import { request } from "../request.ts";

/** A site that the viewer may look at. */
export interface ReadableSite {
  readonly site_id: string;
  readonly name: string;
  readonly time_zone: string;
  /** UTC; null before its first event. */
  readonly first_date: string | null;
}

export interface SitesQuestion {
  /** Only this one. */
  readonly site_id?: string;
  readonly search?: string;
}

/** How many are asked for at once. A page with as many sites may have missed some. */
export const SITES_MAX = 200;

/** @throws RequestFailure; the reason of `signal` when it aborts. */
export async function askSites(
  question: SitesQuestion,
  signal: AbortSignal,
): Promise<readonly ReadableSite[]> {
  const parameters = new URLSearchParams({ ...question, limit: String(SITES_MAX) });
  const response = await request(`sites/readable?${parameters}`, {}, signal);
  const { sites } = (await response.json()) as { sites: readonly ReadableSite[] };
  return sites;
}
