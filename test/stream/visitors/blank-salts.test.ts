import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SnapshotTarget } from "../../../src/embedded/redis/snapshot.ts";
import {
  closeRedisConnection,
  type RedisConnection,
} from "../../../src/stream/redis/redis-connection.ts";
import { saveSnapshot } from "../../../src/stream/save-snapshot.ts";
import { blankSalts, readSalts } from "../../../src/stream/visitors/blank-salts.ts";
import { DailySalts } from "../../../src/stream/visitors/daily-salts.ts";
import { emptyFolder } from "../../support/engine.ts";
import { recordingLog } from "../../support/recording-log.ts";
import { REDIS_VARIANTS, startVariant } from "../../support/redis-variants.ts";
import { connected } from "../../support/test-stream.ts";

const STREAM = "events_stream";
/** Shorter than a salt, so that each is torn. */
const PART_BYTES = 33;

function saltAt(redis: RedisConnection, timeZone: string) {
  const salts = new DailySalts(redis, { stream: STREAM, log: recordingLog().log });
  return salts.saltAt({ timeZone, atMs: Date.now() });
}

async function* inParts(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += PART_BYTES) yield bytes.subarray(at, at + PART_BYTES);
}

test("a restored snapshot has all but the salts, and threads make new ones", async () => {
  const [{ program = "" } = {}] = REDIS_VARIANTS;
  await using original = await startVariant(program);
  const redis = await connected(original.url);
  const before = [await saltAt(redis, "UTC"), await saltAt(redis, "Asia/Tokyo")];
  await redis.xadd(STREAM, "*", "path", "/pricing");
  await saveSnapshot(redis, AbortSignal.timeout(30_000));
  const [, folder = ""] = await redis.config("GET", "dir");
  const snapshot = readFileSync(join(folder, "dump.rdb"));
  const salts = await readSalts(redis, STREAM);
  expect(salts.map((salt) => snapshot.includes(salt))).toEqual([true, true]);

  const dataDir = emptyFolder();
  const target = new SnapshotTarget(dataDir);
  const blanked = await Array.fromAsync(blankSalts(inParts(snapshot), salts));
  for (const part of blanked) target.write(part);
  target.finish();
  const whole = Buffer.concat(blanked);
  expect(whole).toHaveLength(snapshot.length);
  expect(salts.map((salt) => whole.includes(salt))).toEqual([false, false]);

  await using restored = await startVariant(program, ["--dir", join(dataDir, "redis")]);
  const copy = await connected(restored.url);
  expect(await copy.xrange(STREAM, "-", "+")).toEqual(await redis.xrange(STREAM, "-", "+"));
  const after = [await saltAt(copy, "UTC"), await saltAt(copy, "Asia/Tokyo")];
  expect(new Set([...before, ...after].map((salt) => salt.toString("hex"))).size).toBe(4);
  await Promise.all([redis, copy].map(closeRedisConnection));
});

test("a snapshot without salts stays as it is", async () => {
  const snapshot = Buffer.from("REDIS0010 with a checksum");
  const parts = await Array.fromAsync(blankSalts(inParts(snapshot), []));
  expect(Buffer.concat(parts)).toEqual(snapshot);
});
