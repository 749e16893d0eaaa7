import { TOP_PATHS_MAX } from "../../../event/limits.ts";
import type { Transaction } from "../../database.ts";
import type { KeyRow } from "../fold-batch.ts";
import { type SiteDate, siteDateKey } from "../rollup.ts";

/** No response contains more paths. Ranks are by views descending, then by path. */
export const FLOOR_PLACE = TOP_PATHS_MAX;

/** The path at `FLOOR_PLACE` of a day when the floor was last set. */
export interface PathFloor {
  readonly views: number;
  readonly path: string;
}

export async function floorsOf(
  tx: Transaction,
  rows: readonly KeyRow[],
): Promise<readonly number[]> {
  const days = new Map(rows.map((row) => [siteDateKey(row), row]));
  const floors = await readFloors(tx, [...days.values()]);
  if (floors.size === 0) return rows.map(() => 0);
  return rows.map((row) => floorOf(row.key, floors.get(siteDateKey(row))));
}

async function readFloors(
  tx: Transaction,
  days: readonly SiteDate[],
): Promise<ReadonlyMap<string, PathFloor>> {
  const rows = await tx`
    SELECT site_id, batch.date, views::float8, path
    FROM unnest(
      ${days.map(({ siteId }) => siteId)}::text[],
      ${days.map(({ date }) => date)}::text[]
    ) AS batch (site_id, date)
    CROSS JOIN LATERAL (
      SELECT views, path FROM daily_site_path_floors AS floors
      WHERE floors.site_id = batch.site_id AND floors.date = batch.date::date
      OFFSET 0
    ) AS of_day
  `.values();
  return new Map(
    rows.map(([siteId, date, views, path]) => [siteDateKey({ siteId, date }), { views, path }]),
  );
}

/** Returns the views that a path must exceed to stand above its day's floor. */
function floorOf(path: string, floor: PathFloor | undefined): number {
  if (floor === undefined) return 0;
  return isBefore(floor.path, path) ? floor.views : floor.views - 1;
}

export function isAtOrAbove(path: string, views: number, floor: PathFloor): boolean {
  return views > floorOf(path, floor);
}

/** Compares as COLLATE "C" does; JavaScript's order of UTF-16 code units differs. */
function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}
