import { request } from "./request.ts";

/** A site that the viewer may look at. */
export interface ReadableSite {
  readonly site_id: string;
  readonly name: string;
  readonly time_zone: string;
  /** UTC; null before its first event. */
  readonly first_date: string | null;
}

/** @throws RequestFailure; the reason of `signal` when it aborts. */
export async function askSites(_: "all", signal: AbortSignal): Promise<readonly ReadableSite[]> {
  const response = await request("sites/readable", {}, signal);
  const { sites } = (await response.json()) as { sites: readonly ReadableSite[] };
  return sites;
}
