import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Database } from "../../src/store/database.ts";
import { readStats } from "../../src/store/reports/read-stats.ts";
import { addToRollups, insertNewKeys } from "../../src/store/rollups/add-to-rollups.ts";
import { PATH_COUNTS } from "../../src/store/rollups/path-counts.ts";
import { FLOOR_PLACE } from "../../src/store/rollups/top-paths/path-floors.ts";
import {
  PATHS_ABOVE_FLOOR_MAX,
  raiseFloor,
} from "../../src/store/rollups/top-paths/raise-floor.ts";
import { removeFloor } from "../../src/store/rollups/top-paths/remove-floor.ts";
import { useTestDatabase } from "../support/test-database.ts";

const DAY = { siteId: "s", date: "2026-01-15" };
const DEADLINE_MS = 30_000;
/** More than a response and the paths above a floor, and far fewer than a day may have. */
const MANY_PATHS = 3 * PATHS_ABOVE_FLOOR_MAX;

/** One connection each, so that its statistics can be flushed. */
let opened: { readonly reading: Database; readonly storing: Database } | undefined;
afterAll(async () => {
  await opened?.reading.close(1_000);
  await opened?.storing.close(1_000);
});
const testDatabase = useTestDatabase();

beforeEach(async () => {
  await testDatabase.sql`
    TRUNCATE daily_site_stats, daily_site_users, daily_site_path_counts, daily_site_path_floors`;
});

function databases() {
  const options = { url: testDatabase.url, connectionsMax: 1 };
  opened ??= {
    reading: new Database({ ...options, isForReading: true }),
    storing: new Database(options),
  };
  return opened;
}

async function addViews(views: ReadonlyMap<string, number>): Promise<void> {
  const rows = [...views].map(([key, count]) => ({ ...DAY, key, views: count }));
  const batch = { days: [{ ...DAY, views: 1 }], rollups: [{ rollup: PATH_COUNTS, rows }] };
  await databases().storing.transaction(DEADLINE_MS, async (tx) => {
    await addToRollups(tx, batch, insertNewKeys);
  });
}

/** As a binary without floors does. */
async function addViewsAsBefore(views: ReadonlyMap<string, number>): Promise<void> {
  for (const [path, count] of views) {
    await testDatabase.sql`
      INSERT INTO daily_site_path_counts AS counts (site_id, date, path, views)
      VALUES (${DAY.siteId}, ${DAY.date}::text::date, ${path}, ${count})
      ON CONFLICT (site_id, date, path) DO UPDATE SET views = counts.views + excluded.views`;
  }
}

async function halveViews(paths: Iterable<string>): Promise<void> {
  await testDatabase.sql`
    UPDATE daily_site_path_counts SET views = (views + 1) / 2 WHERE path = ANY (${[...paths]}::text[])`;
}

async function topPaths(pathsMax: number) {
  return (await readStats(databases().reading, { ...DAY, pathsMax })).top_paths;
}

async function sortedPaths(pathsMax: number) {
  const rows = await testDatabase.sql<{ path: string; views: number }[]>`
    SELECT path, views::float8 FROM daily_site_path_counts
    ORDER BY views DESC, path COLLATE "C" LIMIT ${pathsMax}`;
  return [...rows];
}

/** Reads how many rows of the table all connections have fetched and updated, whatever the plans. */
async function counters() {
  await testDatabase.sql`SELECT pg_stat_force_next_flush()`;
  for (const database of Object.values(databases())) {
    await database.query(DEADLINE_MS, async (sql) => await sql`SELECT pg_stat_force_next_flush()`);
  }
  const [row] = await testDatabase.sql`
    SELECT (seq_tup_read + idx_tup_fetch)::int AS fetched, n_tup_upd::int AS updated, n_tup_hot_upd::int AS hot
    FROM pg_stat_user_tables WHERE relname = 'daily_site_path_counts'`;
  return {
    fetched: Number(row?.["fetched"]),
    updated: Number(row?.["updated"]),
    hot: Number(row?.["hot"]),
  };
}

describe("the top paths of a day", () => {
  const paths = ["", "/", "/a", "/aa", "/b", "/B", "/é", "/\uffff", "/😀", "/😀a", "/z"];
  const views = fc
    .array(fc.tuple(fc.constantFrom(...paths), fc.integer({ min: 1, max: 3 })), { maxLength: 8 })
    .map((pairs) => new Map(pairs));
  const step = fc.oneof(
    { weight: 4, arbitrary: views.map((added) => ({ kind: "add" as const, added })) },
    { weight: 1, arbitrary: views.map((added) => ({ kind: "add as before" as const, added })) },
    { weight: 1, arbitrary: views.map((added) => ({ kind: "halve" as const, added })) },
    { weight: 3, arbitrary: fc.constant({ kind: "raise" as const, added: new Map() }) },
  );

  test("are exact after any adding, raising and halving", async () => {
    const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      await testDatabase.sql`TRUNCATE daily_site_path_counts, daily_site_path_floors`;
      for (const { kind, added } of steps) {
        if (kind === "add") await addViews(added);
        else if (kind === "add as before") await addViewsAsBefore(added);
        else if (kind === "halve") await halveViews(added.keys());
        else await raiseFloor(databases().storing, DAY, { place: 3, pathsAboveMax: 4 });
        for (const pathsMax of [1, 3, 8]) {
          expect(await topPaths(pathsMax)).toEqual(await sortedPaths(pathsMax));
        }
      }
    });
    await fc.assert(property, { numRuns: 100 });
  }, 120_000);

  const days: [string, (index: number) => number][] = [
    ["seen once", () => 1],
    ["seen fewer than four times", (index) => 1 + (index % 3)],
    ["of five views each", () => 5],
    ["of a thousand views each", () => 1_000],
    ["as in real traffic", (index) => Math.ceil(MANY_PATHS / (index + 1))],
  ];
  for (const statistics of ["absent", "of one other site"]) {
    test.each(days)(
      `cost few rows with statistics ${statistics}, of paths %s`,
      async (_, viewsOf) => {
        const { sql } = testDatabase;
        // It would collect the statistics of this day.
        await sql`ALTER TABLE daily_site_path_counts SET (autovacuum_enabled = off)`;
        await sql`ALTER TABLE daily_site_path_floors SET (autovacuum_enabled = off)`;
        if (statistics !== "absent") {
          await addViews(new Map([["/", 1]]));
          await sql`ANALYZE daily_site_path_counts, daily_site_path_floors`;
          await sql`TRUNCATE daily_site_path_counts`;
        }
        const all = Array.from({ length: MANY_PATHS }, (_value, index) => index);
        for (let from = 0; from < MANY_PATHS; from += PATHS_ABOVE_FLOOR_MAX) {
          const some = all.slice(from, from + PATHS_ABOVE_FLOOR_MAX);
          await addViews(
            new Map(some.map((index) => [`/${Bun.hash(String(index))}`, viewsOf(index)])),
          );
          await raiseFloor(databases().storing, DAY);
        }
        for (const pathsMax of [1, 10, 1_000]) {
          const expected = await sortedPaths(pathsMax);
          // Other sessions report late what they have fetched, which makes a cost too high.
          const costs: number[] = [];
          for (let times = 0; times < 3; times += 1) {
            const before = await counters();
            expect(await topPaths(pathsMax)).toEqual(expected);
            costs.push((await counters()).fetched - before.fetched);
          }
          expect(Math.min(...costs)).toBeLessThanOrEqual(2 * PATHS_ABOVE_FLOOR_MAX);
        }
      },
    );
  }

  test("lose their floor when too many lost views", async () => {
    const { sql } = testDatabase;
    const { storing } = databases();
    const all = Array.from({ length: PATHS_ABOVE_FLOOR_MAX + 1 }, (_, index) => `/${index}`);
    await addViews(new Map(all.map((path) => [path, 10])));
    expect(await raiseFloor(storing, DAY)).toBe(all.length - FLOOR_PLACE);
    const remove = async () =>
      await storing.transaction(DEADLINE_MS, async (tx) => await removeFloor(tx, DAY));
    await remove();
    expect((await sql`SELECT FROM daily_site_path_floors`).length).toBe(1);
    await halveViews(all.slice(0, 100).concat(all.slice(-100)));
    await halveViews((await topPaths(900)).map(({ path }) => path));
    expect(await topPaths(1_000)).toEqual(await sortedPaths(1_000));
    await remove();
    expect((await sql`SELECT FROM daily_site_path_floors`).length).toBe(0);
    expect(await topPaths(1_000)).toEqual(await sortedPaths(1_000));
    expect(await raiseFloor(storing, DAY)).toBe(all.length - FLOOR_PLACE);
  });

  test("cause no index write when a path gets views", async () => {
    await addViews(new Map([["/", 1]]));
    const before = await counters();
    for (let times = 1; times <= 40; times += 1) await addViews(new Map([["/", times]]));
    const after = await counters();
    expect(after.updated - before.updated).toBe(40);
    expect(after.hot - before.hot).toBe(40);
  });
});
