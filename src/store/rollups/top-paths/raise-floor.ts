import { FLOOR_LOCK } from "../../advisory-locks.ts";
import type { Database, Transaction } from "../../database.ts";
import type { SiteDate } from "../rollup.ts";
import { FLOOR_PLACE } from "./path-floors.ts";

/** Reading this many takes PostgreSQL milliseconds. */
export const PATHS_ABOVE_FLOOR_MAX = 4_000;
/** Bounds how long a call locks rows. */
const REMOVED_PATHS_MAX = 20_000;
/** A consumer waits for it between batches. */
const DEADLINE_MS = 5_000;

export interface FloorOptions {
  readonly place?: number;
  readonly pathsAboveMax?: number;
}

/**
 * When too many paths stand above a day's floor, raises it to the path at `place` and removes the paths below from the index.
 * Returns how many it removed. Leaves rows that batches hold, and does nothing while another floor is raised.
 *
 * @throws What the driver throws, and `database_unavailable`; the floor is then unchanged.
 */
export async function raiseFloor(
  database: Database,
  day: SiteDate,
  { place = FLOOR_PLACE, pathsAboveMax = PATHS_ABOVE_FLOOR_MAX }: FloorOptions = {},
): Promise<number> {
  return await database.transaction(DEADLINE_MS, async (tx) => {
    const isDue = (await begin(tx)) && (await hasPathAt(tx, day, pathsAboveMax + 1));
    return isDue && (await setFloor(tx, day, place)) ? await removeFromIndex(tx, day) : 0;
  });
}

/** Forces the use of the index. */
async function begin(tx: Transaction): Promise<boolean> {
  const [row] = await tx`
    SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
      set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
      pg_try_advisory_xact_lock(${FLOOR_LOCK}) AS locked`;
  return row?.["locked"] === true;
}

async function hasPathAt(
  tx: Transaction,
  { siteId, date }: SiteDate,
  place: number,
): Promise<boolean> {
  const found = await tx`
    SELECT FROM daily_site_path_counts
    WHERE site_id = ${siteId} AND top_date = ${date}::text::date
    OFFSET ${place - 1} LIMIT 1`;
  return found.length > 0;
}

/** Never lowers a floor: the paths below are not in the index. */
async function setFloor(
  tx: Transaction,
  { siteId, date }: SiteDate,
  place: number,
): Promise<boolean> {
  const set = await tx`
    INSERT INTO daily_site_path_floors AS floors (site_id, date, views, path)
    SELECT site_id, date, views, path
    FROM daily_site_path_counts
    WHERE site_id = ${siteId} AND top_date = ${date}::text::date
    ORDER BY views DESC, path COLLATE "C"
    OFFSET ${place - 1} LIMIT 1
    ON CONFLICT (site_id, date) DO UPDATE SET views = excluded.views, path = excluded.path
    WHERE excluded.views > floors.views
      OR (excluded.views = floors.views AND excluded.path <= floors.path)
    RETURNING 1`;
  return set.length > 0;
}

async function removeFromIndex(tx: Transaction, { siteId, date }: SiteDate): Promise<number> {
  const { count } = await tx`
    UPDATE daily_site_path_counts AS counts SET floor = low.floor
    FROM (
      SELECT counts.ctid AS place, floors.views - (counts.path COLLATE "C" <= floors.path)::int AS floor
      FROM daily_site_path_floors AS floors JOIN daily_site_path_counts AS counts
        ON counts.site_id = ${siteId} AND counts.top_date = ${date}::text::date
      WHERE floors.site_id = ${siteId} AND floors.date = ${date}::text::date
        AND (counts.views < floors.views OR (counts.views = floors.views AND counts.path COLLATE "C" > floors.path))
      LIMIT ${REMOVED_PATHS_MAX}
      FOR UPDATE OF counts SKIP LOCKED
    ) AS low
    WHERE counts.site_id = ${siteId} AND counts.ctid = low.place`;
  return count;
}
