import { describe, expect, test } from "bun:test";
import { hostname } from "node:os";
import { useTestRedis } from "../support/test-stream.ts";
import { runQueueflow } from "./run-queueflow.ts";

/** Runs `queueflow health` against a server with this response. */
async function healthOf(answer: () => Response) {
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) =>
      new URL(url).pathname === "/health/ready" ? answer() : new Response("", { status: 404 }),
  });
  return await runQueueflow(["health"], { env: { API_PORT: String(server.port) } });
}

test("health exits with 0 when the engine is ready", async () => {
  expect(await healthOf(() => Response.json({ status: "ready" }))).toEqual({
    exitCode: 0,
    stdout: "ready\n",
    stderr: "",
  });
});

test("health asks the engine directly, whatever the proxy", async () => {
  Bun.env["HTTP_PROXY"] = "http://127.0.0.1:1";
  try {
    expect((await healthOf(() => Response.json({ status: "ready" }))).stdout).toBe("ready\n");
  } finally {
    delete Bun.env["HTTP_PROXY"];
  }
});

test("health says why the engine is not ready", async () => {
  const message = "Redis could not answer a ping";
  const answer = () => Response.json({ error: "stream_unavailable", message }, { status: 503 });
  const { exitCode, stderr } = await healthOf(answer);
  expect(stderr).toMatch(
    /^queueflow: Not ready: http:.* returned 503: Redis could not answer a ping\n$/,
  );
  expect(exitCode).toBe(1);
});

test("health fails in one line on the port of another program", async () => {
  const { exitCode, stderr } = await healthOf(() => new Response("<html>", { status: 502 }));
  expect(stderr).toMatch(/^queueflow: Not ready: http:.* returned 502\n$/);
  expect(exitCode).toBe(1);
});

test("health fails in one line when nothing listens", async () => {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("") });
  const env = { API_PORT: String(server.port) };
  await server.stop(true);
  const { exitCode, stderr } = await runQueueflow(["health"], { env });
  expect(stderr).toMatch(
    /^queueflow: Not ready: no answer from http:.*: nothing listens on that port\n$/,
  );
  expect(exitCode).toBe(1);
});

describe("queueflow health of an engine that only stores", () => {
  const redisOfFile = useTestRedis();

  async function storingHealth(consumer: string, env: Readonly<Record<string, string>> = {}) {
    const stream = redisOfFile.streamKey();
    await redisOfFile.redis.xgroup("CREATE", stream, "analytics_workers", "0", "MKSTREAM");
    await redisOfFile.redis.xgroup("CREATECONSUMER", stream, "analytics_workers", consumer);
    const servers = { REDIS_URL: redisOfFile.url, REDIS_STREAM: stream, INGEST_WORKERS: "0" };
    return await runQueueflow(["health"], { env: { ...servers, ...env } });
  }

  test("is ready while a consumer of this host reads", async () => {
    expect(await storingHealth(`${hostname()}-1-a/consumer-1`)).toMatchObject({
      stdout: "ready\n",
    });
    const named = await storingHealth("one/consumer-1", { REDIS_CONSUMER: "one" });
    expect(named).toMatchObject({ stdout: "ready\n" });
  });

  test("is not ready while only other hosts read", async () => {
    const { exitCode, stderr } = await storingHealth("elsewhere-1-a/consumer-1");
    expect(stderr).toMatch(
      /^queueflow: Not ready: no consumer named .*-… has read from .* for 30000 ms\n$/,
    );
    expect(exitCode).toBe(1);
  });

  test("is not ready without Redis", async () => {
    const { exitCode, stderr } = await storingHealth("a", { REDIS_URL: "redis://127.0.0.1:1" });
    expect(stderr).toStartWith("queueflow: Not ready: Cannot connect to Redis at 127.0.0.1:1: ");
    expect(exitCode).toBe(1);
  });
});
