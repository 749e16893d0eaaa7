import { expect, test } from "bun:test";
import { runPruner } from "../../src/consume/pruner.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { seedEvents } from "../support/seed-events.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();
const file = useTestDatabase();

test("runPruner says a failure once, tries again, and goes on day by day", async () => {
  const { log, records } = recordingLog();
  const { redis } = redisOfFile;
  const stopping = new AbortController();
  await file.sql`ALTER TABLE pruned_days RENAME TO away`;
  const running = runPruner(
    {
      redis,
      databaseUrl: file.url,
      stream: redisOfFile.streamKey(),
      retentionDays: 30,
      log,
      intervalMs: 20,
      retryMs: 20,
    },
    stopping.signal,
  );
  await eventually(() => expect(records).toHaveLength(1));
  await file.sql`ALTER TABLE away RENAME TO pruned_days`;
  await eventually(() => expect(records).toHaveLength(2));
  for (const date of ["2026-01-14", "2026-01-15"]) {
    await seedEvents(file.database, { siteId: "example.com", dates: [date], eventsEach: 10 });
    await eventually(async () => expect(await file.sql`SELECT FROM events`).toHaveLength(0));
  }
  stopping.abort();
  await running;
  expect(records.slice(0, 2)).toMatchObject([
    { level: "error", sentence: "Old events could not be deleted, retrying" },
    { level: "info", sentence: "Old events can be deleted again" },
  ]);
  const deleted = records.slice(2).map(({ fields }) => Number(fields["events"]));
  expect(deleted.reduce((sum, events) => sum + events, 0)).toBe(20);
  const pruned = await file.sql`SELECT sum(events)::int AS events FROM pruned_days`;
  expect([...pruned]).toEqual([{ events: 20 }] as never);
});
