import { request } from "../request.ts";

export interface NewSite {
  readonly site_id: string;
  /** The engine shows the site's ID without one, and refuses an empty one. */
  readonly name?: string;
  readonly time_zone: string;
}

/** @throws RequestFailure, with the code `site_exists` for one that has settings. */
export async function addSite(site: NewSite): Promise<void> {
  const init = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(site),
  };
  await request("sites", init, new AbortController().signal);
}
