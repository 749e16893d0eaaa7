import { beforeEach, describe, expect, test } from "bun:test";
import type { GroupKey } from "../../src/stream/consumer-group.ts";
import { beginTrial, endTrial, forgetTrials } from "../../src/stream/trial-notes.ts";
import { ownRedis, SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { connected, useTestRedis } from "../support/test-stream.ts";

const redisOfFile = useTestRedis();

let key: GroupKey;
beforeEach(() => {
  key = { stream: redisOfFile.streamKey(), group: "workers" };
});

async function begin(runId: string, entryId = "7-0"): Promise<number> {
  return await beginTrial(redisOfFile.redis, key, { runId, entryId });
}

async function notes(): Promise<Record<string, string>> {
  return await redisOfFile.redis.hgetall(`${key.stream}:workers:trials`);
}

describe("beginTrial", () => {
  test("returns the number of unfinished other runs", async () => {
    expect(await begin("a")).toBe(0);
    expect(await begin("b")).toBe(1);
    expect(await begin("c", "8-0")).toBe(0);
    expect(await begin("d")).toBe(2);
  });

  test("counts the same run once", async () => {
    await begin("a");
    expect(await begin("a")).toBe(0);
    expect(await begin("a")).toBe(0);
    expect(await begin("b")).toBe(1);
  });

  test("forgets a run's previous trial", async () => {
    await begin("a", "7-0");
    await begin("a", "8-0");
    expect(await begin("b", "7-0")).toBe(0);
    expect(await begin("c", "8-0")).toBe(1);
  });

  test("sets an expiry on the notes", async () => {
    await begin("a");
    const leftS = await redisOfFile.redis.ttl(`${key.stream}:workers:trials`);
    expect(leftS).toBeGreaterThan(86_000);
  });

  test(
    "works when Redis is out of memory",
    async () => {
      await using server = await ownRedis();
      const redis = await connected(server.redisUrl);
      await redis.config("SET", "maxmemory", "1");
      const trial = { runId: "a", entryId: "7-0" };
      expect(await beginTrial(redis, key, trial)).toBe(0);
      expect(await beginTrial(redis, key, { ...trial, runId: "b" })).toBe(1);
      await endTrial(redis, key, trial);
      await forgetTrials(redis, key, "7-0");
      expect(await redis.dbsize()).toBe(0);
      await redis.quit();
    },
    SERVERS_START_TIMEOUT_MS,
  );
});

describe("endTrial", () => {
  test("removes only the note of its own run", async () => {
    await begin("a");
    await begin("b");
    await endTrial(redisOfFile.redis, key, { runId: "a", entryId: "7-0" });
    expect(await notes()).toEqual({ b: "7-0" });
  });
});

describe("forgetTrials", () => {
  test("removes every note of an entry, and no other", async () => {
    await begin("a");
    await begin("b");
    await begin("c", "8-0");
    await forgetTrials(redisOfFile.redis, key, "7-0");
    expect(await notes()).toEqual({ c: "8-0" });
    await forgetTrials(redisOfFile.redis, key, "9-0");
    expect(await notes()).toEqual({ c: "8-0" });
  });
});
