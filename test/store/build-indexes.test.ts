import { expect, test } from "bun:test";
import { INDEX_LOCK } from "../../src/store/advisory-locks.ts";
import { buildIndexes } from "../../src/store/schema/build-indexes.ts";
import { eventually } from "../support/eventually.ts";
import { useTestDatabase } from "../support/test-database.ts";

const here = useTestDatabase();
const DEADLINE_MS = 60_000;
const BUILDS = {
  table: "large",
  indexes: [
    { name: "large_site_key", columns: "site_id, id", isUnique: true },
    { name: "large_id", columns: "id", isUnique: false },
  ],
};

test("builds indexes of a large table while rows are stored", async () => {
  const { sql, database } = here;
  await sql`CREATE TABLE large (site_id TEXT NOT NULL, id BIGINT NOT NULL, filling TEXT)`;
  await sql`ALTER TABLE large ALTER COLUMN filling SET STORAGE PLAIN`;
  await sql`INSERT INTO large SELECT 'site', id, repeat('x', 7000) FROM generate_series(1, 9000) AS id`;
  // As an interrupted build leaves it: a duplicate fails it.
  await sql`INSERT INTO large VALUES ('site', 1)`;
  const failed = buildIndexes(database, BUILDS, DEADLINE_MS);
  expect(await failed.catch((error: unknown) => error)).toMatchObject({ code: "23505" });
  await sql`DELETE FROM large WHERE filling IS NULL`;

  const stored = Promise.withResolvers<void>();
  const storing = database.transaction(DEADLINE_MS, async (tx) => {
    await tx`INSERT INTO large VALUES ('site', 9001)`;
    await stored.promise;
  });
  const built = buildIndexes(database, BUILDS, DEADLINE_MS);
  await eventually(async () => {
    const waiting = await sql`
      SELECT FROM pg_stat_activity WHERE query LIKE '%INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'`;
    expect(waiting.length).toBe(1);
  });
  expect(await buildIndexes(database, BUILDS, DEADLINE_MS)).toBe("busy");
  await sql`INSERT INTO large VALUES ('site', 9002)`;
  stored.resolve();
  await storing;
  expect(await built).toBe("built");
  const valid = await sql<{ name: string }[]>`
    SELECT indexrelid::regclass::text AS name FROM pg_index
    WHERE indrelid = 'large'::regclass AND indisvalid ORDER BY 1`;
  expect(valid.map(({ name }) => name)).toEqual(["large_id", "large_site_key"]);
  const held =
    await sql`SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = ${INDEX_LOCK}`;
  expect(held).toHaveLength(0);
});
