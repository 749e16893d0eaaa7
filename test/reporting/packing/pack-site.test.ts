import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { SQL } from "bun";
import { mergeDay } from "../../../src/reporting/packing/merge-day.ts";
import { packSite } from "../../../src/reporting/packing/pack-site.ts";
import { openSql } from "../../../src/store/open-sql.ts";
import { checkChunks, SECRET, storeRows } from "../../support/packing.ts";
import { useTestDatabase } from "../../support/test-database.ts";

let sql: SQL;
// Before the database is dropped.
afterAll(async () => await sql.close());
const here = useTestDatabase();
beforeAll(() => void (sql = openSql({ url: here.url, connectionsMax: 4 })));

async function settledId(): Promise<bigint> {
  const [row] = await here.sql`SELECT last_value::text AS id FROM events_id_seq`;
  return BigInt(String(row?.["id"]));
}

async function packAll(siteId: string, rowsMax = 60_000): Promise<void> {
  const options = { siteId, settledId: await settledId(), secret: SECRET, rowsMax };
  for (;;) {
    const outcome = await packSite(sql, options);
    expect(outcome.kind).toBe("packed");
    if (outcome.kind === "packed" && !outcome.hasMore) return;
  }
}

async function partsOf(siteId: string): Promise<number[]> {
  const rows = await here.sql`
    SELECT events FROM day_chunks WHERE site_id = ${siteId} ORDER BY date, part`;
  return rows.map((row) => Number(row["events"]));
}

describe("packing a site", () => {
  test("packs each row once, with all its fields", async () => {
    await storeRows(here.sql, { siteId: "a", rows: 3_000 });
    await storeRows(here.sql, { siteId: "other", rows: 100 });
    await packAll("a");
    expect(await partsOf("a")).toEqual([1_000, 1_000, 1_000]);
    expect(await checkChunks(sql, "a")).toEqual({ packed: 3_000, missing: 0, surplus: 0 });
    await packAll("a");
    expect(await checkChunks(sql, "a")).toEqual({ packed: 3_000, missing: 0, surplus: 0 });
    expect(await partsOf("other")).toEqual([]);
  });

  test("merges eight small parts into one", async () => {
    for (let times = 1; times <= 8; times += 1) {
      await storeRows(here.sql, { siteId: "b", rows: 40, days: 1, hour: 8 - times });
      await packAll("b");
      expect(await partsOf("b")).toHaveLength(times % 8 === 0 ? 1 : times);
    }
    expect(await checkChunks(sql, "b")).toEqual({ packed: 320, missing: 0, surplus: 0 });
  });

  test("merges the parts of a day that is over", async () => {
    for (const hour of [3, 1, 2]) {
      await storeRows(here.sql, { siteId: "c", rows: 50, days: 1, hour });
      await packAll("c");
    }
    expect(await mergeDay(sql, { siteId: "c", date: "2026-01-01" }, SECRET)).toBe(true);
    expect(await mergeDay(sql, { siteId: "c", date: "2026-01-01" }, SECRET)).toBe(false);
    expect(await partsOf("c")).toEqual([150]);
    expect(await checkChunks(sql, "c")).toEqual({ packed: 150, missing: 0, surplus: 0 });
  });

  test("leaves a site to another session", async () => {
    await storeRows(here.sql, { siteId: "d", rows: 10 });
    await packAll("d");
    await sql.begin(async (tx) => {
      await tx`SELECT FROM site_packing WHERE site_id = 'd' FOR UPDATE`;
      const options = { siteId: "d", settledId: await settledId(), secret: SECRET };
      expect(await packSite(sql, options)).toEqual({ kind: "busy" });
      expect(await mergeDay(sql, { siteId: "d", date: "2026-01-01" }, SECRET)).toBe(false);
    });
  });

  test("two sessions pack the same sites once", async () => {
    const sites = ["e1", "e2", "e3"];
    for (const siteId of sites) await storeRows(here.sql, { siteId, rows: 5_000 });
    const options = { settledId: await settledId(), secret: SECRET, rowsMax: 1 };
    const work = async () => {
      const open = new Set(sites);
      while (open.size > 0) {
        for (const siteId of open) {
          const outcome = await packSite(sql, { ...options, siteId });
          if (outcome.kind === "packed" && outcome.rows === 0) open.delete(siteId);
        }
      }
    };
    await Promise.all([work(), work()]);
    for (const siteId of sites) {
      expect(await checkChunks(sql, siteId)).toEqual({ packed: 5_000, missing: 0, surplus: 0 });
    }
  });
});
