import { TOP_PATHS_MAX } from "../../../event/limits.ts";

/** No response contains more paths. Ranks are by views descending, then by path. */
export const FLOOR_PLACE = TOP_PATHS_MAX;

/** The path at `FLOOR_PLACE` of a day when the floor was last set. */
export interface PathFloor {
  readonly views: number;
  readonly path: string;
}

export function isAtOrAbove(path: string, views: number, floor: PathFloor): boolean {
  return views > floor.views || (views === floor.views && !isBefore(floor.path, path));
}

/** Compares as COLLATE "C" does; JavaScript's order of UTF-16 code units differs. */
function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}
