import { expect, test } from "bun:test";
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
