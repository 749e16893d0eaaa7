import { describe, expect, test } from "bun:test";
import { readConfig } from "../../src/config/config.ts";
import { QueueFlowError } from "../../src/errors.ts";
import { redisNodesOf } from "../../src/redis-nodes.ts";
import { parseableUrl, serverAddress } from "../../src/server-address.ts";
import { keySlot } from "../../src/stream/redis/locate/key-slot.ts";

const NONE = { username: undefined, password: undefined };

function nodesOf(text: string) {
  return redisNodesOf(parseableUrl(text));
}

function problemsOf(text: string): readonly string[] {
  try {
    readConfig({ REDIS_URL: text });
    return [];
  } catch (error) {
    if (!(error instanceof QueueFlowError)) throw error;
    return error.message.split("\n");
  }
}

describe("a REDIS_URL of several servers", () => {
  test("names the sentinels, their master and its database", () => {
    const url = "redis+sentinel://user:p%40ss@s1,s2:26380,[::1]:26381/my-master/3";
    const credentials = { username: "user", password: "p@ss" };
    expect(nodesOf(url)).toEqual({
      kind: "sentinel",
      hasTls: false,
      nodes: [
        { host: "s1", port: 26_379 },
        { host: "s2", port: 26_380 },
        { host: "::1", port: 26_381 },
      ],
      credentials,
      master: "my-master",
      database: 3,
      sentinelCredentials: credentials,
    });
    expect(serverAddress(parseableUrl(url))).toBe("s1,s2:26380,[::1]:26381");
  });

  test("may have other credentials for the sentinels", () => {
    const url = "rediss+sentinel://:a@s1/m?sentinel_username=b&sentinel_password=c%26d";
    expect(nodesOf(url)).toMatchObject({
      hasTls: true,
      database: 0,
      credentials: { password: "a" },
      sentinelCredentials: { username: "b", password: "c&d" },
    });
  });

  test("names nodes of a cluster", () => {
    expect(nodesOf("rediss+cluster://n1:7000,n2")).toEqual({
      kind: "cluster",
      hasTls: true,
      nodes: [
        { host: "n1", port: 7_000 },
        { host: "n2", port: 6_379 },
      ],
      credentials: NONE,
    });
    expect(nodesOf("redis+cluster://n1:7000/0")).toMatchObject({ kind: "cluster" });
  });

  test("takes REDIS_PASSWORD", () => {
    const env = { REDIS_URL: "redis+cluster://n1:7000,n2:7000", REDIS_PASSWORD: "a@b:c" };
    const { redisUrl = "" } = readConfig(env);
    expect(redisNodesOf(redisUrl)).toMatchObject({
      nodes: [{ host: "n1" }, { host: "n2" }],
      credentials: { password: "a@b:c" },
    });
  });

  test.each([
    ["redis+sentinel://s1:26379,s2:26379", "to name the sentinels' master, such as /mymaster"],
    ["redis+sentinel://s1/my master", "to name the sentinels' master, such as /mymaster"],
    ["redis+sentinel://s1/mymaster/first", "to name the sentinels' master, such as /mymaster"],
    ["redis+sentinel://s1/m?tls=true", "got tls; for TLS use rediss+sentinel://"],
    ["redis+cluster://n1,n2/1", "a Redis Cluster has only database 0, got one"],
    ["redis+cluster://n1,n2?db=0", "Expected REDIS_URL to have no parameters, got db"],
    ["redis+cluster://n1:70000,n2", 'a port up to 65535, got "n1:70000"'],
    ["redis+cluster://n1,,n2", 'a port up to 65535, got ":6379"'],
    ["redis+cluster://", "redis+cluster://"],
  ])("%s is refused", (url, text) => {
    const problems = problemsOf(url);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(text);
  });

  test.each([
    "redis+cluster://user:se,cret/x@n1:7000",
    "redis+sentinel://:se#cret,x@s1/m",
    "redis+sentinel://:secret@s1,s2",
    "redis+cluster://:secret@n1/1",
  ])("%s keeps its password out of the problem", (url) => {
    const problems = problemsOf(url);
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toMatch(/se.?cret/);
  });
});

test.each([
  ["123456789", 12_739],
  ["events_stream", 2_019],
  ["{events_stream}:salts", 2_019],
  ["{}events_stream", 10_044],
])("%s is in its slot of a Redis Cluster", (key, slot) => {
  expect(keySlot(key)).toBe(slot);
});
