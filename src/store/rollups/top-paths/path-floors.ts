import { TOP_PATHS_MAX } from "../../../event/limits.ts";
import type { Transaction } from "../../database.ts";
import type { Rollup } from "../rollup.ts";

/** A floor lies at this path of its day, by views descending and then by path: no answer has more paths. */
export const FLOOR_PLACE = TOP_PATHS_MAX;

/** The path that was at `FLOOR_PLACE` of a day when it was last looked for. Views are never taken from a path but by a rebuild. */
export interface PathFloor {
  readonly views: number;
  readonly path: string;
}

/** Returns the floors of a batch's days, by the days of the rollup; most days have too few paths for one. */
export async function readFloors(
  tx: Transaction,
  rollup: Rollup,
): Promise<readonly (PathFloor | undefined)[]> {
  const rows = await tx`
    SELECT day::int - 1, views::float8, path
    FROM unnest(
      ${rollup.map(({ siteId }) => siteId)}::text[],
      ${rollup.map(({ date }) => date)}::text[]
    ) WITH ORDINALITY AS batch (site_id, date, day)
    CROSS JOIN LATERAL (
      SELECT views, path FROM daily_site_path_floors AS floors
      WHERE floors.site_id = batch.site_id AND floors.date = batch.date::date
      OFFSET 0
    ) AS of_day
  `.values();
  const floors: (PathFloor | undefined)[] = rollup.map(() => undefined);
  for (const [day, views, path] of rows) floors[day] = { views, path };
  return floors;
}

/** Returns the views that a path must exceed to stand above its day's floor; 0 without a floor. */
export function floorOf(path: string, floor: PathFloor | undefined): number {
  if (floor === undefined) return 0;
  return isBefore(floor.path, path) ? floor.views : floor.views - 1;
}

/** Whether a path with these views is the floor or stands above it. */
export function isAtOrAbove(path: string, views: number, floor: PathFloor): boolean {
  return views > floorOf(path, floor);
}

/** Compares as PostgreSQL does with COLLATE "C"; JavaScript's own order of UTF-16 code units is another one. */
function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}
