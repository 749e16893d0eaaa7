import type { Sql } from "postgres";
import type { Database } from "../database.ts";
import { isAtOrAbove, type PathFloor } from "../rollups/top-paths/path-floors.ts";
import { READ_TIMEOUT_MS } from "../session-settings.ts";

/** Longer than `statement_timeout`, so that PostgreSQL cancels a slow statement itself. */
const DEADLINE_MS = READ_TIMEOUT_MS + 300;

type Fragment = ReturnType<Sql>;

/** `date` is a UTC day, `YYYY-MM-DD`. */
export interface StatsQuery {
  readonly siteId: string;
  readonly date: string;
  readonly pathsMax: number;
}

export interface SiteStats {
  readonly site_id: string;
  readonly date: string;
  readonly total_views: number;
  readonly unique_users: number;
  readonly top_paths: readonly { readonly path: string; readonly views: number }[];
}

/**
 * Reads one snapshot; zeros for an unknown day. Paths with equal views are in byte order. Counts are exact up to 2^53. An index
 * holds the paths above the floor; all are read only when others may be ahead because a rebuild lowered views.
 */
export async function readStats(database: Database, query: StatsQuery): Promise<SiteStats> {
  return await database.query(DEADLINE_MS, async (sql) => {
    const above = await readDay(sql, query, topPaths(sql, query));
    if (isComplete(above, query)) return above.stats;
    return (await readDay(sql, query, allPaths(sql, query))).stats;
  });
}

interface DayRead {
  readonly stats: SiteStats;
  readonly floor: PathFloor | undefined;
}

async function readDay(sql: Sql, query: StatsQuery, paths: Fragment): Promise<DayRead> {
  const { siteId, date, pathsMax } = query;
  const rows = await sql`
    (SELECT 'day', NULL, total_views, unique_users
     FROM daily_site_stats
     WHERE site_id = ${siteId} AND date = ${date}::text::date)
    UNION ALL
    (SELECT 'floor', path, views, NULL
     FROM daily_site_path_floors
     WHERE site_id = ${siteId} AND date = ${date}::text::date)
    UNION ALL
    (SELECT 'path', path, views, NULL
     FROM daily_site_path_counts
     WHERE ${paths}
     ORDER BY views DESC, path COLLATE "C" ASC
     LIMIT ${pathsMax})
  `.values();
  const day = rows.find(([kind]) => kind === "day");
  const floor = rows.find(([kind]) => kind === "floor");
  const stats = {
    site_id: siteId,
    date,
    total_views: Number(day?.[2] ?? 0),
    unique_users: Number(day?.[3] ?? 0),
    top_paths: rows
      .filter(([kind]) => kind === "path")
      .map(([, path, views]) => ({ path, views: Number(views) })),
  };
  return { stats, floor: floor && { path: floor[1], views: Number(floor[2]) } };
}

function topPaths(sql: Sql, { siteId, date }: StatsQuery): Fragment {
  return sql`site_id = ${siteId} AND top_date = ${date}::text::date`;
}

function allPaths(sql: Sql, { siteId, date }: StatsQuery): Fragment {
  return sql`site_id = ${siteId} AND date = ${date}::text::date`;
}

/** Returns whether no path below the floor can be among the top paths. */
function isComplete({ stats: { top_paths }, floor }: DayRead, { pathsMax }: StatsQuery): boolean {
  const last = top_paths.at(pathsMax - 1);
  if (floor === undefined || pathsMax === 0) return true;
  return last !== undefined && isAtOrAbove(last.path, last.views, floor);
}
