import { beforeEach, expect, test } from "bun:test";
import { preparePacking } from "../../../src/reporting/packing/prepare-packing.ts";
import { recordingLog } from "../../support/recording-log.ts";
import { useTestDatabase } from "../../support/test-database.ts";

const here = useTestDatabase();
beforeEach(async () => {
  await here.sql`TRUNCATE site_packing`;
  await here.sql`INSERT INTO site_packing (site_id, packed_id) VALUES ('a', 900), ('b', 1000)`;
});

async function prepare() {
  const { log, records } = recordingLog();
  const secret = await preparePacking(here.database, log, AbortSignal.timeout(60_000));
  return { secret, sentences: records.map(({ level, sentence }) => [level, sentence]) };
}

test("raises a sequence that stands below packed ids", async () => {
  await here.sql`SELECT setval('events_id_seq', 7)`;
  const raised = "The sequence of event ids stood below packed events, and was raised";
  expect((await prepare()).sentences).toEqual([["error", raised]]);
  const [row] = await here.sql`SELECT nextval('events_id_seq')::int AS id`;
  expect(row?.["id"]).toBe(1_001);
  expect((await prepare()).sentences).toEqual([]);
});

test("reports a sequence that draws several ids at once", async () => {
  await here.sql`SELECT setval('events_id_seq', 1000)`;
  await here.sql`ALTER SEQUENCE events_id_seq CACHE 10`;
  try {
    const several =
      "Sessions draw several ids of events at once, so events may be missing from reports";
    expect((await prepare()).sentences).toEqual([["error", several]]);
  } finally {
    await here.sql`ALTER SEQUENCE events_id_seq CACHE 1`;
  }
});

test("makes the secret once", async () => {
  const [first, second] = await Promise.all([prepare(), prepare()]);
  expect(first.secret).toHaveLength(32);
  expect(second.secret).toEqual(first.secret ?? new Uint8Array());
});
