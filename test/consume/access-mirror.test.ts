import { afterEach, beforeEach, expect, test } from "bun:test";
import { mintKey } from "../../src/access/key.ts";
import { type MirrorAttempt, runAccessMirror } from "../../src/consume/access-mirror.ts";
import { createKey, listKeys } from "../../src/store/access/keys.ts";
import { Database } from "../../src/store/database.ts";
import { noteUse } from "../../src/stream/access/key-use.ts";
import { mirrorAccess, mirrorKey } from "../../src/stream/access/mirror.ts";
import { readMirror } from "../../src/stream/access/read-mirror.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";
import { useTestDatabase } from "../support/test-database.ts";
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
  { isUp }: { isUp: boolean },
  work: (running: {
    readonly attempts: readonly MirrorAttempt[];
    readonly sentences: () => readonly string[];
    readonly setUp: () => void;
  }) => Promise<void>,
): Promise<void> {
  await using proxy = openTcpProxy(file.url);
  proxy.mode = isUp ? "pass" : "refuse";
  const database = new Database({ url: throughProxy(file.url, proxy), connectionsMax: 1 });
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
