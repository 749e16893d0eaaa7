import { describe, expect, test } from "bun:test";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { ask } from "../support/api-client.ts";
import { spawnEngine } from "../support/engine.ts";
import { untilMigrated, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";
import { testPort } from "../support/test-port.ts";

const operatePort = testPort();
const running = useEngine({ OPERATE_PORT: String(operatePort), INGEST_WORKERS: "2" });
const operate = { url: `http://127.0.0.1:${operatePort}` };

async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.text();
  return response.status;
}

describe("with OPERATE_PORT", () => {
  test.each([
    ["/health", "GET"],
    ["/health/", "GET"],
    ["/metrics", "GET"],
    ["/metrics?x=1", "GET"],
    ["/metrics", "POST"],
    ["/swagger", "GET"],
    ["/swagger/json", "GET"],
    ["/swagger/swagger-ui.css", "GET"],
    ["//metrics", "GET"],
    ["/%6detrics", "GET"],
  ])("the public listener answers %s by %s with 404", async (path, method) => {
    const answer = await ask(running.engine, path, { method });
    expect([answer.status, answer.body["error"]]).toEqual([404, "not_found"]);
    expect(String(answer.body["message"])).not.toMatch(/metrics|swagger/);
  });

  test.each(["/health", "/metrics", "/swagger", "/swagger/json", "/swagger/swagger-ui.css"])(
    "the operate listener serves %s",
    async (path) => expect(await statusOf(`${operate.url}${path}`)).toBe(200),
  );

  test.each(["/health/live", "/health/ready"])("both listeners serve %s", async (path) => {
    expect(await statusOf(`${operate.url}${path}`)).toBe(200);
    expect(await statusOf(`${running.engine.url}${path}`)).toBe(200);
  });

  test.each([
    ["/event", "POST"],
    ["/events", "POST"],
    ["/event", "OPTIONS"],
    ["/stats?site_id=a", "GET"],
    ["/", "GET"],
  ])("the operate listener answers %s by %s with 404", async (path, method) => {
    const body = method === "POST" ? { body: JSON.stringify(sampleBody()) } : {};
    const headers = { Accept: "text/html", "Content-Type": "application/json" };
    expect(await statusOf(`${operate.url}${path}`, { method, headers, ...body })).toBe(404);
  });

  test("the description has all routes", async () => {
    const { body } = await ask(operate, "/swagger/json");
    const paths = Object.keys(body["paths"] as Record<string, unknown>);
    expect(paths).toContainValues(["/event", "/stats", "/metrics"]);
  });

  test("the home page has no dead links", async () => {
    const page = await fetch(running.engine.url, { headers: { Accept: "text/html" } });
    expect(await page.text()).not.toMatch(/href="\/(swagger|health|metrics)"/);
  });

  test("the start and doctor say what everybody may do", async () => {
    const { output, port } = running.engine;
    const open = `everybody who reaches port ${port} may write to every site and read all numbers`;
    expect(output.errors).toContain(`  Access      ${open}. Create keys with`);
    const env = { ...running.servers.env, API_HOST: "0.0.0.0", API_PORT: String(port) };
    const { stdout } = await runQueueflow(["doctor", "--json"], { env });
    const finding = { about: "access", state: "warning", found: open };
    expect(JSON.parse(stdout)).toMatchObject({
      findings: expect.arrayContaining([expect.objectContaining(finding)]),
    });
  });

  test("any thread counts for all", async () => {
    await untilMigrated(running.engine);
    const events = 20;
    const statuses = await Promise.all(
      Array.from({ length: events }, async () =>
        statusOf(`${running.engine.url}/event`, {
          method: "POST",
          headers: { "Content-Type": "application/json", Connection: "close" },
          body: JSON.stringify(sampleBody()),
        }),
      ),
    );
    expect(new Set(statuses)).toEqual(new Set([202]));
    await eventually(async () => {
      const text = await (await fetch(`${operate.url}/metrics`)).text();
      expect(text).toMatch(new RegExp(`^queueflow_events_accepted_total ${events}$`, "m"));
    });
  });

  test("status asks the operate listener", async () => {
    const { servers, engine } = running;
    const env = {
      ...servers.env,
      API_PORT: String(engine.port),
      OPERATE_PORT: String(operatePort),
    };
    const { stdout } = await runQueueflow(["status", "--json"], { env });
    const status = JSON.parse(stdout) as { engine: { state: string; url: string } };
    expect(status.engine).toMatchObject({ state: "ok", url: operate.url });
    expect((await runQueueflow(["health"], { env })).stdout).toBe("ready\n");
  });
});

test("a taken OPERATE_PORT is a clear error", async () => {
  using other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  await using engine = spawnEngine({ env: { OPERATE_PORT: String(other.port) } });
  await engine.output.ended;
  expect(await engine.exited).toBe(1);
  expect(engine.output.errors).toMatch(
    new RegExp(`Port ${other.port} is in use by process \\d+ .*: stop it, or set OPERATE_PORT`),
  );
});
