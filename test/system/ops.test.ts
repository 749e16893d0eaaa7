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

/** An engine with one shard has no metrics of shards. */
const here = useEngine({ REDIS_SHARDS: "2" });

/** Lets the engine accept, refuse, store and set aside an event each, and scrapes it until `says` passes. */
async function untilScrapeAfterWork(says: (found: Scrape) => void): Promise<void> {
  const { engine, servers } = here;
  expect((await sendEvent(engine, sampleBody())).status).toBe(202);
  expect((await sendEvent(engine, sampleBody({ user_id: 42 }))).status).toBe(422);
  await servers.redis.xadd(servers.key.stream, "*", "greeting", "hello");
  await untilDrained(servers);
  await eventually(async () => says(await scrape(engine)));
}

describe("ops", () => {
  test(
    "uses exactly the metrics of a running engine",
    async () => {
      const expressions = [...alerts().map(({ expr }) => expr), ...dashboardExpressions()];
      const named = new Set(expressions.flatMap(metricsIn));
      const families = (all: Iterable<string>) =>
        new Set([...all].map((name) => name.replace(/_(bucket|sum|count)$/, "")));
      // A metric appears once its thread has sent it, or its reading has succeeded.
      await untilScrapeAfterWork(({ names }) => {
        expect([...named].filter((name) => !names.has(name))).toEqual([]);
        expect([...families(names)].filter((name) => !families(named).has(name))).toEqual([]);
      });
    },
    TIMEOUT_MS,
  );

  test(
    "docs/api.md lists exactly the metrics of a running engine",
    async () => {
      const section =
        projectFile("docs/api.md").split("\n## Metrics\n")[1]?.split("\n## ")[0] ?? "";
      const rows = section.split("\n").filter((line) => line.startsWith("| "));
      const listed = rows.flatMap(metricsIn).toSorted();
      // A thread whose heartbeats are late is left out.
      await eventually(async () => {
        const { text } = await scrape(here.engine);
        const has = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name = ""]) => name);
        expect(listed).toEqual(has.toSorted());
      });
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
