import { describe, expect, test } from "bun:test";
import { ask } from "../support/api-client.ts";
import { useEngine } from "../support/engine-servers.ts";
import { sampleBody } from "../support/sample-event.ts";
import { runQueueflow } from "./run-queueflow.ts";

const TIMEOUT_MS = 120_000;
const DAYS = ["--days", "3"];
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });

async function demo(...args: readonly string[]) {
  const env = { ...file.servers.env, API_PORT: String(file.engine.port) };
  return await runQueueflow(["demo", ...args], { env });
}

function jsonPost(body: unknown): RequestInit {
  const headers = { "Content-Type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body) };
}

async function storedOf(siteId: string) {
  const [row] = await file.servers.sql<{ events: number; days: number }[]>`
    SELECT count(*)::int AS events, count(DISTINCT (timestamp AT TIME ZONE 'UTC')::date)::int AS days
    FROM events WHERE site_id = ${siteId}`;
  return row;
}

describe("queueflow demo", () => {
  test(
    "fills a site, and prints where to look at it",
    async () => {
      const { stdout, exitCode } = await demo(...DAYS);
      expect(exitCode).toBe(0);
      const stored = await storedOf("demo");
      // Just after midnight, today has no events yet.
      expect([2, 3]).toContain(stored?.days ?? 0);
      const events = stored?.events.toLocaleString("en-US");
      expect(stdout).toStartWith(`Filled demo with ${events} events of 3 days and 5 goals.\n`);
      const [, address = ""] = /^Look at it: +(\S+)$/m.exec(stdout) ?? [];
      expect(address).toBe(`${file.engine.url}/?site=demo`);
      const page = await fetch(address, { headers: { Accept: "text/html" } });
      expect(page.status).toBe(200);

      const query = {
        site_id: "demo",
        metrics: ["conversions", "revenue"],
        dimensions: ["event:goal"],
        date_range: "7d",
      };
      const { body } = await ask(file.engine, "/query", jsonPost(query));
      const results = body["results"] as { dimensions: string[] }[];
      expect(results.map(({ dimensions }) => dimensions[0])).toContain("Read the docs");
    },
    TIMEOUT_MS,
  );

  test(
    "refuses a site with events, unless told to add",
    async () => {
      const body = sampleBody({ site_id: "shop.example" });
      const sent = await ask(file.engine, "/event?wait=true", jsonPost(body));
      expect(sent.status).toBe(200);
      const { stderr, exitCode } = await demo("--site", "shop.example", ...DAYS);
      expect(exitCode).toBe(1);
      expect(stderr).toContain("shop.example has events");
      expect((await storedOf("shop.example"))?.events).toBe(1);

      expect(await demo("--site", "shop.example", "--add", ...DAYS)).toMatchObject({ exitCode: 0 });
      expect((await storedOf("shop.example"))?.events).toBeGreaterThan(1);
    },
    TIMEOUT_MS,
  );

  test.each(["0", "731", "a"])("refuses %j days", async (days) => {
    const { stderr, exitCode } = await demo("--days", days);
    expect(stderr).toContain("Expected days from 1 to 730");
    expect(exitCode).toBe(2);
  });
});
