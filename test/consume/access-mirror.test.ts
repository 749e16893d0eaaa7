import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mintKey } from "../../src/access/key.ts";
import { type MirrorAttempt, runAccessMirror } from "../../src/consume/access-mirror.ts";
import { createKey, listKeys } from "../../src/store/access/keys.ts";
import { readAccess } from "../../src/store/access/read-access.ts";
import { Database } from "../../src/store/database.ts";
import { migrate } from "../../src/store/schema/migrate.ts";
import { MIGRATIONS } from "../../src/store/schema/migrations.ts";
import { noteUse } from "../../src/stream/access/key-use.ts";
import { mirrorAccess, mirrorKey } from "../../src/stream/access/mirror.ts";
import { readMirror } from "../../src/stream/access/read-mirror.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";
import { openTestDatabase, useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";

const HOUR = "2027-01-01T08:00:00.000Z";
const redisOfFile = useTestRedis();
const file = useTestDatabase();

let stream = "";
beforeEach(async () => {
  stream = redisOfFile.streamKey();
  await file.sql`TRUNCATE sites, site_keys`;
});
afterEach(async () => void (await redisOfFile.redis.del(mirrorKey(stream))));

async function addKey(): Promise<string> {
  const { keyId, hash } = mintKey("write");
  const key = { keyId, hash, kind: "write" as const, siteId: "shop.example" };
  await createKey(file.database, { ...key, label: "", expiresAt: null, limits: {} });
  return keyId;
}

async function mirrored(): Promise<readonly string[] | undefined> {
  return (await readMirror(redisOfFile.redis, stream))?.document?.keys.map(({ keyId }) => keyId);
}

/** Runs the mirror on a PostgreSQL behind a proxy while `work` runs. */
async function whileMirroring(
  { isUp, url = file.url }: { isUp: boolean; url?: string },
  work: (running: {
    readonly attempts: readonly MirrorAttempt[];
    readonly sentences: () => readonly string[];
    readonly setUp: () => void;
  }) => Promise<void>,
): Promise<void> {
  await using proxy = openTcpProxy(url);
  proxy.mode = isUp ? "pass" : "refuse";
  const database = new Database({ url: throughProxy(url, proxy), connectionsMax: 1 });
  const { log, records } = recordingLog();
  const attempts: MirrorAttempt[] = [];
  const stopping = new AbortController();
  const { redis } = redisOfFile;
  const onAttempt = (attempt: MirrorAttempt) => void attempts.push(attempt);
  const running = runAccessMirror({ redis, database, stream, log, onAttempt }, stopping.signal);
  const setUp = () => {
    proxy.mode = "pass";
  };
  try {
    await work({ attempts, setUp, sentences: () => records.map(({ sentence }) => sentence) });
  } finally {
    stopping.abort();
    await running;
    await database.close(1_000);
  }
}

test("keys are in Redis and their use in PostgreSQL after the start", async () => {
  const keyId = await addKey();
  await noteUse(redisOfFile.redis, stream, new Map([[keyId, HOUR]]));
  await whileMirroring({ isUp: true }, async ({ attempts }) => {
    await eventually(() =>
      expect(attempts).toMatchObject([{ hasMirror: true, keys: [{ keyId }] }]),
    );
    expect(await mirrored()).toEqual([keyId]);
    expect((await listKeys(file.database)).map(({ lastUsedAt }) => lastUsedAt)).toEqual([HOUR]);
  });
});

test("a start without PostgreSQL goes on with the mirror that is there", async () => {
  const { redis } = redisOfFile;
  await mirrorAccess(redis, stream, async () => ({ format: 1, sites: [], keys: [] }));
  await whileMirroring({ isUp: false }, async ({ attempts }) => {
    await eventually(() => expect(attempts[0]).toEqual({ hasMirror: true, keys: [] }));
    expect(await mirrored()).toEqual([]);
  });
});

test("a start without PostgreSQL and mirror retries until it has one", async () => {
  const keyId = await addKey();
  await whileMirroring({ isUp: false }, async ({ attempts, sentences, setUp }) => {
    await eventually(() => expect(attempts[0]).toEqual({ hasMirror: false, keys: undefined }));
    expect(await mirrored()).toBeUndefined();
    setUp();
    await eventually(() =>
      expect(attempts.at(-1)).toMatchObject({ hasMirror: true, keys: [{ keyId }] }),
    );
    expect(await mirrored()).toEqual([keyId]);
    expect(sentences()).toEqual([
      "Copying sites and keys to Redis failed, retrying",
      "Copying sites and keys to Redis works again",
    ]);
  });
});

describe("before the migration of a column that it reads", () => {
  /** The last schema without `page_view_types`. */
  const older = MIGRATIONS.filter(({ version }) => version < 25);

  /** Opens a database of that schema with a key. */
  async function openOlder() {
    const opened = await openTestDatabase("empty");
    await migrate(opened.database, recordingLog().log, { migrations: older });
    const { keyId, hash } = mintKey("write");
    await opened.sql`
      INSERT INTO site_keys (key_id, hash, kind, site_id) VALUES (${keyId}, ${hash}, 'write', 'shop.example')`;
    return { opened, keyId };
  }

  test("the keys in Redis stay in force, without an error", async () => {
    const { opened, keyId } = await openOlder();
    await using database = opened;
    const { redis } = redisOfFile;
    const earlierId = await addKey();
    await mirrorAccess(redis, stream, async () => await readAccess(file.database, 5_000));
    await whileMirroring({ isUp: true, url: database.url }, async ({ attempts, sentences }) => {
      await eventually(() => expect(attempts.length).toBeGreaterThan(2));
      expect(attempts.map((attempt) => attempt.keys?.map((one) => one.keyId))).toEqual(
        attempts.map(() => [earlierId]),
      );
      expect(await mirrored()).toEqual([earlierId]);
      await migrate(database.database, recordingLog().log);
      await eventually(async () => expect(await mirrored()).toEqual([keyId]));
      expect(sentences()).toEqual([]);
    });
  });

  test("Redis without keys is not told that there are none", async () => {
    const { opened, keyId } = await openOlder();
    await using database = opened;
    await whileMirroring({ isUp: true, url: database.url }, async ({ attempts, sentences }) => {
      await eventually(() => expect(attempts.length).toBeGreaterThan(1));
      expect(attempts[0]).toEqual({ hasMirror: false, keys: undefined });
      expect(await mirrored()).toBeUndefined();
      await migrate(database.database, recordingLog().log);
      await eventually(async () => expect(await mirrored()).toEqual([keyId]));
      expect(sentences()).toEqual([]);
    });
  });
});

test.each([
  ["column", "ALTER TABLE sites DROP COLUMN page_view_types"],
  ["table", "DROP TABLE sites, site_keys, site_shares"],
])("a missing %s is an error once all migrations are applied", async (_, damage) => {
  await using database = await openTestDatabase();
  await database.sql.unsafe(damage);
  await whileMirroring({ isUp: true, url: database.url }, async ({ attempts, sentences }) => {
    await eventually(() => expect(attempts[0]).toEqual({ hasMirror: false, keys: undefined }));
    expect(sentences()).toEqual(["Copying sites and keys to Redis failed, retrying"]);
  });
});
