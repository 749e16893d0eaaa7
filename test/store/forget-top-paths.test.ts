import { expect, test } from "bun:test";
import { storeByInsert } from "../../src/store/batch/store-by-insert.ts";
import { forgetUserDay } from "../../src/store/forget/forget-user-day.ts";
import { readStats } from "../../src/store/reports/read-stats.ts";
import { FLOOR_PLACE } from "../../src/store/rollups/top-paths/path-floors.ts";
import {
  PATHS_ABOVE_FLOOR_MAX,
  raiseFloor,
} from "../../src/store/rollups/top-paths/raise-floor.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { sampleReceivedEvent } from "../support/sample-event.ts";
import { useTestDatabase } from "../support/test-database.ts";

const DAY = { siteId: "s", date: "2026-01-15" };
const PATHS = PATHS_ABOVE_FLOOR_MAX + 1;
const TIMEOUT_MS = 60_000;

const file = useTestDatabase();

test(
  "forgetting a user leaves the top paths right",
  async () => {
    const { database, sql } = file;
    const events = (userId: string, paths: readonly number[]) =>
      paths.map((number) =>
        sampleReceivedEvent({
          siteId: DAY.siteId,
          userId,
          path: `/${number}`,
          timestamp: `${DAY.date}T12:00:00.000Z`,
        }),
      );
    const all = Array.from({ length: PATHS }, (_, number) => number);
    const upper = all.slice(0, FLOOR_PLACE / 2);
    const byAnn = all.slice(-FLOOR_PLACE / 2);
    const onlyAnn = [PATHS, PATHS, PATHS];
    await database.transaction(
      TIMEOUT_MS,
      async (tx) =>
        await storeByInsert(tx, [
          ...events("bob", [...all, ...upper]),
          ...events("ann", [...byAnn, ...byAnn, ...onlyAnn]),
        ]),
    );
    expect(await raiseFloor(database, DAY)).toBeGreaterThan(0);
    const annIds =
      await sql`SELECT id::text FROM events WHERE user_id = 'ann' ORDER BY id`.values();
    const ids = annIds.map(([id]) => String(id));
    const [newest] = await sql`SELECT max(id)::text AS id FROM events`;
    const settledId = BigInt(newest?.["id"] ?? 0);
    const user = { ...DAY, userId: "ann", settledId };
    const half = ids.length / 2;
    for (const [part, isLast] of [
      [ids.slice(0, half), false],
      [ids.slice(half), true],
    ] as const) {
      expect(await forgetUserDay(database, { ...user, ids: part, isLast })).toBe(part.length);
      await checkInvariants(sql);
      const { top_paths } = await readStats(database, { ...DAY, pathsMax: FLOOR_PLACE });
      const sorted = await sql`
        SELECT path, views::float8 FROM daily_site_path_counts
        ORDER BY views DESC, path COLLATE "C" LIMIT ${FLOOR_PLACE}`;
      expect([...top_paths]).toEqual([...sorted] as never);
    }
    const named = await sql`
      SELECT path FROM daily_site_path_counts WHERE path = ${`/${PATHS}`}
      UNION ALL SELECT path FROM daily_site_path_floors WHERE path = ${`/${PATHS}`}`;
    expect(named).toHaveLength(0);
    const [floor] = await sql`SELECT views::int FROM daily_site_path_floors`;
    expect(floor).toEqual({ views: 1 });
  },
  TIMEOUT_MS,
);
