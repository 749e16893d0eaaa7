import type { SQL } from "bun";
import { readParts } from "../../store/packing/chunks.ts";
import type { SiteDate } from "../../store/packing/days-in-parts.ts";
import { lockSite } from "../../store/packing/site-lock.ts";
import { groupsToMerge } from "./plan-parts.ts";
import { replaceByOne } from "./write-parts.ts";

/** Merges the parts of a day that is over. Returns false while another session changes the site's chunks, and when nothing is to merge. */
export async function mergeDay(
  sql: SQL,
  { siteId, date }: SiteDate,
  secret: Uint8Array,
): Promise<boolean> {
  return await sql.begin(async (tx) => {
    if ((await lockSite(tx, siteId)) === undefined) return false;
    const groups = groupsToMerge(await readParts(tx, siteId, [date]));
    for (const group of groups) await replaceByOne({ sql: tx, siteId, secret }, group);
    return groups.length > 0;
  });
}
