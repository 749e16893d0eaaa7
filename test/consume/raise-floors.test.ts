import { expect, test } from "bun:test";
import { runConsumer } from "../../src/consume/consumer.ts";
import { raiseFloors } from "../../src/consume/raise-floors.ts";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { Database } from "../../src/store/database.ts";
import { FLOOR_PLACE } from "../../src/store/rollups/top-paths/path-floors.ts";
import { PATHS_ABOVE_FLOOR_MAX } from "../../src/store/rollups/top-paths/raise-floor.ts";
import { ensureGroup } from "../../src/stream/create-group.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { storingContext } from "./storing-context.ts";

const redisOfFile = useTestRedis();
const databaseOfFile = useTestDatabase();

test("a consumer raises the floor of a day with many paths", async () => {
  const { redis } = redisOfFile;
  const key = { stream: redisOfFile.streamKey(), group: "workers", consumer: "worker-1" };
  await ensureGroup(redis, key, recordingLog().log);
  const events = PATHS_ABOVE_FLOOR_MAX + 1;
  const pipeline = redis.pipeline();
  for (let i = 0; i < events; i += 1) {
    pipeline.xadd(key.stream, "*", ...encodeEntry(sampleEvent({ path: `/${i}` })));
  }
  await pipeline.exec();

  const stopping = new AbortController();
  const { database, sql } = databaseOfFile;
  const { context } = storingContext({ redis, database, key });
  const ended = runConsumer(context, stopping.signal);
  await eventually(async () => {
    const above = await sql`SELECT FROM daily_site_path_counts WHERE top_date IS NOT NULL`;
    expect(above).toHaveLength(FLOOR_PLACE);
  });
  stopping.abort();
  await ended;
  expect(await checkInvariants(sql)).toBe(events);
}, 30_000);

test("a floor that cannot be raised fails no batch", async () => {
  const { log, records } = recordingLog();
  const database = new Database({
    url: "postgres://postgres@127.0.0.1:1/nothing",
    connectionsMax: 1,
  });
  const entry = { id: "1-0", flatFields: encodeEntry(sampleEvent()) };
  await raiseFloors([entry], { database, log });
  expect(records).toMatchObject([{ level: "debug" }]);
  await database.close(1_000);
});
