import { beforeEach, expect, test } from "bun:test";
import { CHUNK_EDITOR } from "../../src/reporting/packing/without-user.ts";
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
const ALL = Array.from({ length: PATHS }, (_, number) => number);
const ONLY_ANN = PATHS;
const TIMEOUT_MS = 60_000;

const file = useTestDatabase();

beforeEach(async () => {
  await file.sql`
    TRUNCATE events, daily_site_stats, daily_site_users, daily_site_path_counts, daily_site_path_floors`;
});

/** Stores views of the paths with these numbers. */
async function visit(views: Readonly<Record<string, readonly number[]>>): Promise<void> {
  const events = Object.entries(views).flatMap(([userId, numbers]) =>
    numbers.map((number) =>
      sampleReceivedEvent({
        siteId: DAY.siteId,
        userId,
        path: `/${number}`,
        timestamp: `${DAY.date}T12:00:00.000Z`,
      }),
    ),
  );
  await file.database.transaction(TIMEOUT_MS, async (tx) => await storeByInsert(tx, events));
}

/** Forgets Ann in two transactions, with a check after each. */
async function forgetAnn(): Promise<void> {
  const { database, sql } = file;
  const rows = await sql`SELECT id::text FROM events WHERE user_id = 'ann' ORDER BY id`.values();
  const ids = rows.map(([id]) => String(id));
  const [newest] = await sql`SELECT max(id)::text AS id FROM events`;
  const user = { ...DAY, userId: "ann", settledId: BigInt(newest?.["id"] ?? 0) };
  const half = Math.floor(ids.length / 2);
  for (const [part, isLast] of [
    [ids.slice(0, half), false],
    [ids.slice(half), true],
  ] as const) {
    const userDay = { ...user, idsOfDay: ids, ids: part, isLast };
    expect(await forgetUserDay(database, userDay, CHUNK_EDITOR)).toBe(part.length);
    await checkInvariants(sql);
    const { top_paths } = await readStats(database, { ...DAY, pathsMax: FLOOR_PLACE });
    const sorted = await sql`
      SELECT path, views::float8 FROM daily_site_path_counts
      ORDER BY views DESC, path COLLATE "C" LIMIT ${FLOOR_PLACE}`;
    expect([...top_paths]).toEqual([...sorted] as never);
  }
}

async function floor() {
  const [row] = await file.sql`SELECT path, views::int FROM daily_site_path_floors`;
  return row;
}

test(
  "forgetting a user leaves the top paths right",
  async () => {
    const byAnn = ALL.slice(-FLOOR_PLACE / 2);
    const upper = ALL.slice(0, FLOOR_PLACE / 2);
    await visit({ bob: [...ALL, ...upper], ann: [...byAnn, ...byAnn, ONLY_ANN, ONLY_ANN] });
    expect(await raiseFloor(file.database, DAY)).toBeGreaterThan(0);
    expect(await floor()).toMatchObject({ views: 2 });
    await forgetAnn();
    expect(await floor()).toMatchObject({ views: 1 });
  },
  TIMEOUT_MS,
);

test(
  "forgetting a user drops a floor at a path of hers",
  async () => {
    const above = ALL.slice(0, FLOOR_PLACE - 1);
    await visit({ bob: [...ALL, ...above, ...above, ...above], ann: [ONLY_ANN, ONLY_ANN] });
    await raiseFloor(file.database, DAY);
    expect(await floor()).toEqual({ path: `/${ONLY_ANN}`, views: 2 });
    // The floor stays, since enough paths stand above it.
    const risen = ALL.slice(FLOOR_PLACE, FLOOR_PLACE + 10);
    await visit({ bob: [...risen, ...risen] });
    await forgetAnn();
    expect(await floor()).not.toHaveProperty("path", `/${ONLY_ANN}`);
  },
  TIMEOUT_MS,
);
