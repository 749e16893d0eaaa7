import { beforeEach, describe, expect, test } from "bun:test";
import { insertLosses } from "../../src/store/inspect/losses.ts";
import { noteLoss } from "../../src/stream/inspect/loss-notes.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { runQueueflow } from "./run-queueflow.ts";

const redisOfFile = useTestRedis();
const file = useTestDatabase();
let key = { stream: "", group: "analytics_workers" };

beforeEach(async () => {
  key = { ...key, stream: redisOfFile.streamKey() };
  await file.sql`TRUNCATE losses`;
});

function loss(minute: number, entries: number) {
  const foundAt = `2026-01-15T09:0${minute}:00.000Z`;
  return { id: String(minute), foundAt, entries, cause: "deleted before delivery" };
}

async function losses(...args: readonly string[]) {
  const env = { DATABASE_URL: file.url, REDIS_URL: redisOfFile.url, REDIS_STREAM: key.stream };
  return await runQueueflow(["losses", ...args], { env });
}

describe("queueflow losses", () => {
  test("reports that there are none", async () => {
    expect(await losses()).toMatchObject({ exitCode: 0, stdout: "No losses found.\n" });
    expect(await losses("--json")).toMatchObject({ exitCode: 0, stdout: "" });
  });

  test("lists the newest first", async () => {
    await insertLosses(file.database, key, [loss(1, 298), loss(2, 1)]);
    const lines = (await losses()).stdout.trim().split("\n");
    expect(lines).toEqual([
      "Found at                  Lost                 Cause                    Acknowledged at",
      "2026-01-15T09:02:00.000Z  at least 1 event     deleted before delivery  no",
      "2026-01-15T09:01:00.000Z  at least 298 events  deleted before delivery  no",
    ]);
    const newest = JSON.parse((await losses("--limit", "1", "--json")).stdout);
    expect(newest).toEqual({ ...loss(2, 1), stream: key.stream, acknowledgedAt: null });
  });

  test("acknowledges losses that are only in Redis too", async () => {
    await insertLosses(file.database, key, [loss(1, 298)]);
    await noteLoss(redisOfFile.redis, key, loss(2, 2));
    expect(await losses("acknowledge")).toMatchObject({
      exitCode: 0,
      stdout: "Acknowledged 2 losses of at least 300 events.\n",
    });
    expect((await losses()).stdout).not.toMatch(/ no$/m);
    expect((await losses("acknowledge")).stdout).toBe("There are no losses to acknowledge.\n");
  });
});
