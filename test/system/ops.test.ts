import { describe, expect, test } from "bun:test";
import { alerts, dashboardExpressions, metricsIn } from "../packaging/ops-files.ts";
import { projectFile } from "../packaging/project-files.ts";
import { sendEvent } from "../support/api-client.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { type Scrape, scrape } from "../support/metrics-samples.ts";
import { PROMTOOL_MS_MAX, promtool } from "../support/promtool.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;

const here = useEngine();

/** Returns the metrics of an engine that has accepted, refused, stored and set aside an event each. */
async function scrapeAfterWork(): Promise<Scrape> {
  const { engine, servers } = here;
  expect((await sendEvent(engine, sampleBody())).status).toBe(202);
  expect((await sendEvent(engine, sampleBody({ user_id: 42 }))).status).toBe(422);
  await servers.redis.xadd(servers.key.stream, "*", "greeting", "hello");
  await untilDrained(servers);
  return await eventually(async () => {
    const found = await scrape(engine);
    expect(found.value("queueflow_dead_letters_total", { reason: "invalid" })).toBe(1);
    expect(found.all("queueflow_thread_last_commit_timestamp_seconds").length).toBeGreaterThan(0);
    expect(found.all("queueflow_http_requests_total").length).toBeGreaterThan(0);
    return found;
  });
}

describe("ops", () => {
  test(
    "uses exactly the metrics of a running engine",
    async () => {
      const { names } = await scrapeAfterWork();
      const expressions = [...alerts().map(({ expr }) => expr), ...dashboardExpressions()];
      const named = new Set(expressions.flatMap(metricsIn));
      expect([...named].filter((name) => !names.has(name))).toEqual([]);
      const families = (all: Iterable<string>) =>
        new Set([...all].map((name) => name.replace(/_(bucket|sum|count)$/, "")));
      expect([...families(names)].filter((name) => !families(named).has(name))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    "docs/api.md lists exactly the metrics of a running engine",
    async () => {
      const { text } = await scrape(here.engine);
      const has = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name = ""]) => name);
      const section =
        projectFile("docs/api.md").split("\n## Metrics\n")[1]?.split("\n## ")[0] ?? "";
      const rows = section.split("\n").filter((line) => line.startsWith("| "));
      expect(rows.flatMap(metricsIn).toSorted()).toEqual(has.toSorted());
    },
    TIMEOUT_MS,
  );

  test(
    "a scrape passes promtool check metrics",
    async () => {
      const { text } = await scrape(here.engine);
      expect(await promtool(["check", "metrics"], text)).toEqual({ exitCode: 0, output: "" });
    },
    PROMTOOL_MS_MAX,
  );
});
