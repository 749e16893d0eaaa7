import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Database } from "../../../src/store/database.ts";
import { listReadableSites } from "../../../src/store/reports/list-readable-sites.ts";
import type { OverviewQuestion } from "../../../src/store/reports/overview-question.ts";
import { readSitesOverview } from "../../../src/store/reports/read-sites-overview.ts";
import { SERVERS_START_TIMEOUT_MS } from "../../support/servers.ts";
import { openTestDatabase } from "../../support/test-database.ts";

let opened: Awaited<ReturnType<typeof openTestDatabase>>;
let database: Database;

beforeAll(async () => {
  opened = await openTestDatabase();
  database = new Database({ url: opened.url, connectionsMax: 2 });
  await opened.sql`
    INSERT INTO daily_site_stats (site_id, date, total_views, unique_users) VALUES
      ('a.example', '2026-01-10', 5, 2), ('a.example', '2026-01-12', 7, 3), ('a.example', '2026-01-13', 1, 1),
      ('b.example', '2026-01-13', 40, 4), ('b.example', '2026-01-14', 2, 2),
      ('c_d.example', '2025-01-01', 9, 9)`;
  await opened.sql`
    INSERT INTO sites (site_id, name, time_zone)
    VALUES ('a.example', 'Zebra', 'Europe/Berlin'), ('new.example', 'A new one', 'UTC')`;
}, SERVERS_START_TIMEOUT_MS);
afterAll(async () => {
  await database.close(1_000);
  await opened[Symbol.asyncDispose]();
});

const QUESTION: OverviewQuestion = {
  from: "2026-01-12",
  to: "2026-01-14",
  beforeFrom: "2026-01-09",
  orderBy: "events",
  isDescending: true,
  limit: 50,
  offset: 0,
};

async function idsOf(question: Partial<OverviewQuestion>): Promise<readonly string[]> {
  const { sites } = await readSitesOverview(database, { ...QUESTION, ...question });
  return sites.map(({ siteId }) => siteId);
}

describe("the overview of sites", () => {
  test("has the sums and days of the rollup", async () => {
    expect(await readSitesOverview(database, QUESTION)).toEqual({
      total: 4,
      isDistributed: false,
      sites: [
        {
          siteId: "b.example",
          name: "",
          timeZone: null,
          firstDate: "2026-01-13",
          events: 42,
          eventsBefore: 0,
          days: [
            [1, 4],
            [2, 2],
          ],
        },
        {
          siteId: "a.example",
          name: "Zebra",
          timeZone: "Europe/Berlin",
          firstDate: "2026-01-10",
          events: 8,
          eventsBefore: 5,
          days: [
            [0, 3],
            [1, 1],
          ],
        },
        {
          siteId: "c_d.example",
          name: "",
          timeZone: null,
          firstDate: "2025-01-01",
          events: 0,
          eventsBefore: 0,
          days: [],
        },
        {
          siteId: "new.example",
          name: "A new one",
          timeZone: "UTC",
          firstDate: null,
          events: 0,
          eventsBefore: 0,
          days: [],
        },
      ],
    });
  });

  test.each<[string, Partial<OverviewQuestion>, readonly string[]]>([
    ["names", { orderBy: "name", isDescending: false }, ["new", "b", "c_d", "a"]],
    ["growth", { orderBy: "growth" }, ["a", "b", "c_d", "new"]],
    [
      "visitors of each day",
      { orderBy: "visitors", from: "2026-01-10", to: "2026-01-13", beforeFrom: "2026-01-06" },
      ["a", "b", "c_d", "new"],
    ],
    ["the fewest events", { isDescending: false }, ["c_d", "new", "a", "b"]],
  ])("sorts by %s", async (_, question, expected) => {
    expect(await idsOf(question)).toEqual(expected.map((name) => `${name}.example`));
  });

  test.each<[Partial<OverviewQuestion>, readonly string[]]>([
    [{ search: "ZEB" }, ["a.example"]],
    [{ search: "c_d" }, ["c_d.example"]],
    [{ search: "%" }, []],
    [{ only: "b.example" }, ["b.example"]],
    [{ only: "none.example" }, []],
    [{ limit: 1, offset: 1 }, ["a.example"]],
  ])("finds %j", async (question, expected) => {
    expect(await idsOf(question)).toEqual([...expected]);
  });
});

test("sites are listed in pages, each once", async () => {
  const listed: string[] = [];
  for (let after: string | undefined; ; after = listed.at(-1)) {
    const [site] = await listReadableSites(database, { after, limit: 1 });
    if (site === undefined) break;
    listed.push(site.siteId);
  }
  expect(listed).toEqual(["a.example", "b.example", "c_d.example", "new.example"]);
  const found = await listReadableSites(database, { search: "new", limit: 1 });
  expect(found).toEqual([
    { siteId: "new.example", name: "A new one", timeZone: "UTC", firstDate: null },
  ]);
});
