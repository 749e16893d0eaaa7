import { afterAll, beforeAll, expect, test } from "bun:test";
import type { SQL } from "bun";
import { isObject } from "../../../src/event/is-object.ts";
import { packSite } from "../../../src/reporting/packing/pack-site.ts";
import { CHUNK_EDITOR } from "../../../src/reporting/packing/without-user.ts";
import { forgetUserDay } from "../../../src/store/forget/forget-user-day.ts";
import { openSql } from "../../../src/store/open-sql.ts";
import { deleteOldEvents } from "../../../src/store/upkeep/old-events.ts";
import { checkChunks, SECRET, storeRows } from "../../support/packing.ts";
import { rejectionOf } from "../../support/rejection-of.ts";
import { useTestDatabase } from "../../support/test-database.ts";

const ROUNDS = 8;

let sql: SQL;
// Before the database is dropped.
afterAll(async () => await sql.close());
const here = useTestDatabase();
beforeAll(() => void (sql = openSql({ url: here.url, connectionsMax: 4 })));

async function settledId(): Promise<bigint> {
  const [row] = await here.sql`SELECT last_value::text AS id FROM events_id_seq`;
  return BigInt(String(row?.["id"]));
}

/** Ends the backend before the statement of this number, or at COMMIT. Returns whether the work got so far. */
function endedBefore(statement: number) {
  let statements = 0;
  const inTransaction = (tx: SQL): SQL =>
    new Proxy(tx, {
      get(target, name) {
        if (name !== "unsafe") return Reflect.get(target, name);
        return (text: string, values: unknown[]) => {
          statements += 1;
          return statements === statement
            ? target.unsafe("SELECT pg_terminate_backend(pg_backend_pid())")
            : target.unsafe(text, values);
        };
      },
    });
  const ending: SQL = new Proxy(sql, {
    get(target, name) {
      if (name !== "begin") return Reflect.get(target, name);
      return async (work: (tx: SQL) => Promise<unknown>) =>
        await target.begin(async (tx) => await work(inTransaction(tx)));
    },
  });
  return { ending, isReached: () => statements >= statement };
}

function isPacked(outcome: unknown): boolean {
  return isObject(outcome) && outcome["kind"] === "packed";
}

test("a packing that ends at any statement changes nothing", async () => {
  await storeRows(here.sql, { siteId: "killed", rows: 300, days: 1 });
  for (let part = 0; part < 7; part += 1) {
    await packSite(sql, { siteId: "killed", settledId: await settledId(), secret: SECRET });
    await storeRows(here.sql, { siteId: "killed", rows: 300, days: 1, hour: part });
  }
  // This one merges all parts.
  const options = { siteId: "killed", settledId: await settledId(), secret: SECRET };
  const before = await checkChunks(sql, "killed");
  let ended = 0;
  for (let statement = 1; ; ) {
    const { ending, isReached } = endedBefore(statement);
    const outcome = await packSite(ending, options).catch((error: unknown) => error);
    if (isPacked(outcome)) break;
    expect(await checkChunks(sql, "killed")).toEqual(before);
    // The backend that was ended may still hold the site, or its connection the place of another.
    if (!isReached()) continue;
    expect(outcome).toBeInstanceOf(Error);
    ended += 1;
    statement += 1;
  }
  expect(ended).toBeGreaterThan(10);
  expect(before.packed).toBe(2_100);
  expect(await checkChunks(sql, "killed")).toEqual({ packed: 2_400, missing: 0, surplus: 0 });
}, 60_000);

test("a prune beside packing deletes no row that is in no chunk", async () => {
  await storeRows(here.sql, { siteId: "pruned", rows: 6_000 });
  await here.sql`UPDATE events SET received_at = '2026-01-01' WHERE site_id = 'pruned'`;
  const packed = new AbortController();
  const packing = (async () => {
    const options = { siteId: "pruned", settledId: await settledId(), secret: SECRET, rowsMax: 1 };
    for (;;) {
      const outcome = await packSite(sql, options);
      if (outcome.kind === "packed" && outcome.rows === 0) break;
    }
    packed.abort();
  })();
  const page = { before: "2026-02-01T00:00:00.000Z", afterId: 0n, rowsMax: 100_000 };
  while (!packed.signal.aborted) await deleteOldEvents(here.database, page);
  await packing;
  await deleteOldEvents(here.database, page);
  expect(await here.sql`SELECT FROM events WHERE site_id = 'pruned'`).toHaveLength(0);
  const [counted] = await here.sql`
    SELECT (SELECT sum(events)::int FROM day_chunks WHERE site_id = 'pruned') AS packed,
      (SELECT sum(events)::int FROM pruned_days WHERE site_id = 'pruned') AS pruned,
      (SELECT sum(unpacked)::int FROM pruned_days WHERE site_id = 'pruned') AS unpacked`;
  expect(counted).toEqual({ packed: 6_000, pruned: 6_000, unpacked: 0 });
}, 60_000);

test("a forget beside packing leaves nothing of the user in chunks", async () => {
  for (let round = 1; round <= ROUNDS; round += 1) {
    const siteId = `forgotten-${round}`;
    await storeRows(here.sql, { siteId, rows: 200, days: 1 });
    const rows = await here.sql`
      SELECT id::text FROM events WHERE site_id = ${siteId} AND user_id = 'user5'`.values();
    const ids = rows.map(([id]) => String(id));
    const settled = await settledId();
    const day = {
      siteId,
      userId: "user5",
      date: "2026-01-01",
      idsOfDay: ids,
      ids,
      isLast: true,
      settledId: settled,
    };
    await Promise.all([
      packSite(sql, { siteId, settledId: settled, secret: SECRET }),
      forgetUserDay(here.database, day, CHUNK_EDITOR),
    ]);
    await packSite(sql, { siteId, settledId: settled, secret: SECRET });
    expect(await checkChunks(sql, siteId)).toEqual({
      packed: 200 - ids.length,
      missing: 0,
      surplus: 0,
    });
  }
}, 60_000);

test("a forget leaves the user's later events in chunks", async () => {
  const siteId = "later";
  await storeRows(here.sql, { siteId, rows: 300, days: 1 });
  const cut = await settledId();
  const rows = await here.sql`
    SELECT id::text FROM events WHERE site_id = ${siteId} AND user_id = 'user5'`.values();
  const ids = rows.map(([id]) => String(id));
  // Arrives while the forget runs, and is packed before it comes to this day. One is equal to an earlier one.
  await storeRows(here.sql, { siteId, rows: 300, days: 1, hour: 0 });
  await here.sql`
    UPDATE events SET path = '/later' WHERE id = (SELECT max(id) FROM events WHERE site_id = ${siteId} AND user_id = 'user5')`;
  await packSite(sql, { siteId, settledId: await settledId(), secret: SECRET });
  const day = { siteId, userId: "user5", date: "2026-01-01", idsOfDay: ids, ids, isLast: true };
  const forgotten = await forgetUserDay(here.database, { ...day, settledId: cut }, CHUNK_EDITOR);
  expect(forgotten).toBe(ids.length);
  expect(await checkChunks(sql, siteId)).toEqual({
    packed: 600 - ids.length,
    missing: 0,
    surplus: 0,
  });
});

test("packs nothing past a damaged part", async () => {
  for (let part = 0; part < 7; part += 1) {
    await storeRows(here.sql, { siteId: "damaged", rows: 10, days: 1, hour: part });
    await packSite(sql, { siteId: "damaged", settledId: await settledId(), secret: SECRET });
  }
  await here.sql`
    UPDATE day_chunks SET path = '\\x0102' WHERE site_id = 'damaged' AND part = (SELECT min(part) FROM day_chunks WHERE site_id = 'damaged')`;
  await storeRows(here.sql, { siteId: "damaged", rows: 10, days: 1, hour: 9 });
  const options = { siteId: "damaged", settledId: await settledId(), secret: SECRET };
  expect(await rejectionOf(packSite(sql, options))).toMatchObject({ code: "chunk_damaged" });
  const [row] =
    await here.sql`SELECT count(*)::int AS parts FROM day_chunks WHERE site_id = 'damaged'`;
  expect(row?.["parts"]).toBe(7);
});
