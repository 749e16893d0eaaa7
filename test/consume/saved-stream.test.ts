import { beforeEach, describe, expect, test } from "bun:test";
import { SavedStream } from "../../src/consume/watches/saved-stream.ts";
import { acknowledgeLosses, listLosses } from "../../src/store/inspect/losses.ts";
import { createGroup } from "../../src/stream/create-group.ts";
import { checkStream } from "../../src/stream/inspect/check-stream.ts";
import { notedLosses, noteLoss } from "../../src/stream/inspect/loss-notes.ts";
import { watchKey } from "../../src/stream/inspect/stream-state.ts";
import { appendEntries } from "../support/stream-fixture.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();
const file = useTestDatabase();
const LOSS = {
  id: "0199e8a5-7a5c-7c3e-9a54-3f1f0b8f2c11",
  foundAt: "2026-01-15T09:12:00.000Z",
  entries: 298,
  cause: "stream replaced",
};

let key = { stream: "", group: "workers", consumer: "reclaimer" };
beforeEach(async () => {
  key = { ...key, stream: redisOfFile.streamKey() };
  await file.sql`TRUNCATE losses, stream_states, events, dead_events`;
});

function savedStream() {
  return new SavedStream({ redis: redisOfFile.redis, database: file.database, key });
}

async function seen() {
  const { redis } = redisOfFile;
  const look = await checkStream(redis, key, { known: undefined, isThorough: false });
  if (look === undefined) throw new Error("Expected a group");
  return look.now;
}

describe("SavedStream", () => {
  test("moves a noted loss to PostgreSQL, once", async () => {
    const { redis } = redisOfFile;
    await noteLoss(redis, key, LOSS);
    await savedStream().save(undefined);
    expect(await notedLosses(redis, key)).toEqual([]);
    const { stream } = key;
    const stored = { ...LOSS, stream, acknowledgedAt: null };
    expect(await listLosses(file.database, { lossesMax: 10 })).toEqual([stored]);
    expect(await acknowledgeLosses(file.database)).toEqual({ losses: 1, entries: 298 });
    // As another process does that read the note before it was removed.
    await noteLoss(redis, key, LOSS);
    await savedStream().save(undefined);
    expect(await acknowledgeLosses(file.database)).toEqual({ losses: 0, entries: 0 });
    expect(await redis.exists(watchKey(key))).toBe(0);
  });

  test("saves the last state of the stream, and never an older one", async () => {
    const { redis } = redisOfFile;
    await createGroup(redis, key);
    await appendEntries(redis, key.stream, 3);
    const older = await seen();
    expect(await savedStream().load()).toBeUndefined();
    await savedStream().save(older);
    expect(await savedStream().load()).toEqual(older);
    await redis.del(key.stream);
    await createGroup(redis, key);
    const newer = await seen();
    expect(newer.epoch > older.epoch).toBe(true);
    await savedStream().save(newer);
    await savedStream().save(older);
    expect(await savedStream().load()).toEqual(newer);
    await redis.del(watchKey(key));
  });

  test("counts undelivered entries that are stored or set aside", async () => {
    const { redis } = redisOfFile;
    await createGroup(redis, key);
    const ids = await appendEntries(redis, key.stream, 3);
    const state = await seen();
    expect(await savedStream().countStored(state)).toBe(0);
    const [first = "", second = ""] = ids;
    const receivedAt = new Date(Number(first.split("-")[0])).toISOString();
    await file.sql`
      INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp, received_at) VALUES
        (gen_random_uuid(), 's', 'e', '/', 'u', now(), ${receivedAt}::text::timestamptz),
        (gen_random_uuid(), 's', 'e', '/', 'u', now(), now() - interval '1 day')`;
    await file.sql`
      INSERT INTO dead_events (stream, entry_id, fields, reason, deliveries)
      VALUES (${key.stream}, ${second}, '{}', 'bad', 1), (${key.stream}, '1-0', '{}', 'bad', 1)`;
    expect(await savedStream().countStored(state)).toBe(2);
    // Both were delivered before the group was set back.
    const reached = `${Number(second.split("-")[0]) + 1}-0`;
    const setBack = { ...state, reached, generated: reached };
    expect(await savedStream().countStored(setBack)).toBe(0);
    await redis.del(watchKey(key));
  });
});
