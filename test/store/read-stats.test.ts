import { afterEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readStats } from "../../src/store/reports/read-stats.ts";
import { acceptedText } from "../support/arbitraries.ts";
import { useTestDatabase } from "../support/test-database.ts";

const DATE = "2026-01-15";
const testDatabase = useTestDatabase();

afterEach(
  async () => void (await testDatabase.sql`TRUNCATE daily_site_stats, daily_site_path_counts`),
);

async function addDay(siteId: string, { views, users }: { views: string; users: string }) {
  await testDatabase.sql`
    INSERT INTO daily_site_stats VALUES (${siteId}, ${DATE}::text::date, ${views}, ${users})`;
}

async function addPath(siteId: string, path: string, views: number) {
  await testDatabase.sql`
    INSERT INTO daily_site_path_counts VALUES (${siteId}, ${DATE}::text::date, ${path}, ${views})`;
}

async function read(siteId: string, pathsMax = 10, date = DATE) {
  return await readStats(testDatabase.database, { siteId, date, pathsMax });
}

describe("reading a day", () => {
  test("returns zeros for an unknown site", async () => {
    expect(JSON.stringify(await read("unknown"))).toBe(
      '{"site_id":"unknown","date":"2026-01-15","total_views":0,"unique_users":0,"top_paths":[]}',
    );
  });

  test("returns the numbers of one site and day only", async () => {
    await addDay("a", { views: "3", users: "2" });
    await addPath("a", "/", 3);
    await addDay("A", { views: "9", users: "9" });
    await addPath("A", "/", 9);
    expect(await read("a")).toMatchObject({ total_views: 3, top_paths: [{ path: "/", views: 3 }] });
    expect(await read("a", 10, "2026-01-14")).toMatchObject({ total_views: 0, top_paths: [] });
    expect(await read("a ")).toMatchObject({ total_views: 0 });
  });

  test("orders paths by views, then by bytes", async () => {
    const byBytes = ["", "/", "/B", "/Z", "/a", "/a b", "/a-", "/aa", "/b", "/é", "/\uffff", "/😀"];
    await addDay("s", { views: "100", users: "1" });
    for (const path of byBytes.toReversed()) await addPath("s", path, 5);
    await addPath("s", "/most", 6);
    await addPath("s", "/!least", 4);
    const { top_paths } = await read("s", 100);
    expect(top_paths.map(({ path }) => path)).toEqual(["/most", ...byBytes, "/!least"]);
    expect((await read("s", 3)).top_paths.map(({ path }) => path)).toEqual(["/most", "", "/"]);
  });

  test("returns as many paths as requested", async () => {
    await addDay("s", { views: "12", users: "1" });
    for (let index = 0; index < 12; index += 1) await addPath("s", `/${index}`, 1);
    expect((await read("s", 1)).top_paths).toHaveLength(1);
    expect((await read("s", 10)).top_paths).toHaveLength(10);
    expect((await read("s", 1_000)).top_paths).toHaveLength(12);
    expect(await read("s", 0)).toMatchObject({ total_views: 12, top_paths: [] });
  });

  test("returns the top paths for any number and any views", async () => {
    const views = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2 ** 31 }));
    const day = fc.record({
      counts: fc.array(views, { maxLength: 60 }),
      pathsMax: fc.integer({ min: 1, max: 20 }),
    });
    const property = fc.asyncProperty(day, async ({ counts, pathsMax }) => {
      await testDatabase.sql`TRUNCATE daily_site_path_counts`;
      const paths = counts.map((count, i) => ({ path: `/${i}`, views: count }));
      for (const { path, views: count } of paths) await addPath("s", path, count);
      const sorted = paths.toSorted((a, b) => b.views - a.views || (a.path < b.path ? -1 : 1));
      expect((await read("s", pathsMax)).top_paths).toEqual(sorted.slice(0, pathsMax));
    });
    await fc.assert(property, { numRuns: 60 });
  }, 60_000);

  test("is exact up to 2^53", async () => {
    await addDay("s", { views: "9007199254740991", users: "9007199254740990" });
    await addPath("s", "/", Number.MAX_SAFE_INTEGER);
    expect(await read("s")).toEqual({
      site_id: "s",
      date: DATE,
      total_views: 9_007_199_254_740_991,
      unique_users: 9_007_199_254_740_990,
      top_paths: [{ path: "/", views: 9_007_199_254_740_991 }],
    });
  });

  test("finds any accepted site and path", async () => {
    const property = fc.asyncProperty(
      acceptedText(128),
      acceptedText(2_048),
      async (site, path) => {
        await testDatabase.sql`TRUNCATE daily_site_stats, daily_site_path_counts`;
        await addDay(site, { views: "1", users: "1" });
        await addPath(site, path, 1);
        expect(await read(site)).toMatchObject({ site_id: site, top_paths: [{ path, views: 1 }] });
      },
    );
    await fc.assert(property, { numRuns: 40 });
  }, 30_000);
});
