import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { COSTS } from "../../../bench/model/costs.ts";
import { ASSUMPTIONS, type Plan, planFor } from "../../../bench/model/plan.ts";
import { predict } from "../../../bench/model/predict.ts";
import { scalingTables } from "../../../bench/model/tables.ts";
import { projectFile } from "../../packaging/project-files.ts";

const SERVERS = [
  "ingestThreads",
  "redisMasters",
  "consumerThreads",
  "databases",
  "coordinatorCores",
  "workerCores",
] as const satisfies readonly (keyof Plan)[];
const rates = fc.integer({ min: 1, max: 20_000_000 });
const requests = fc.integer({ min: 1, max: 1_000 });

describe("the model of many servers", () => {
  test("docs/scaling.md has its tables", () => {
    const text = projectFile("docs/scaling.md");
    for (const [i, name] of ["servers", "bytes"].entries()) {
      const between = text.split(`<!-- ${name} -->\n`)[1]?.split(`\n<!-- /${name} -->`)[0];
      expect(between).toBe(scalingTables()[i] ?? "");
    }
  });

  test("docs/scaling.md states its costs and limits", () => {
    const text = projectFile("docs/scaling.md").replaceAll("\n", " ");
    const perDatabase = 1e6 / COSTS.serialUs;
    const used = perDatabase * ASSUMPTIONS.usedShare;
    for (const stated of [
      `takes ${COSTS.serialUs} µs an event`,
      `at most ${perDatabase.toLocaleString("en")} events a second, and ${used.toLocaleString("en")} at ${100 * ASSUMPTIONS.usedShare} %`,
      `A flush costs it ${COSTS.redisFlushUs} µs more`,
      `takes ${COSTS.citusCoordinatorUs} of the ${COSTS.citusUs} µs`,
      `a million takes ${planFor(1_000_000).databases} of them`,
      `five fields, ${COSTS.eventBytes} bytes`,
    ]) {
      expect(text).toContain(stated);
    }
  });

  test("takes no fewer servers for a higher rate", () => {
    fc.assert(
      fc.property(rates, rates, requests, (one, other, eventsPerRequest) => {
        const lower = planFor(Math.min(one, other), { eventsPerRequest });
        const higher = planFor(Math.max(one, other), { eventsPerRequest });
        for (const name of SERVERS) expect(higher[name]).toBeGreaterThanOrEqual(lower[name]);
      }),
    );
  });

  test("uses no server beyond its share", () => {
    fc.assert(
      fc.property(rates, requests, (rate, eventsPerRequest) => {
        const { usedShare } = ASSUMPTIONS;
        const plan = planFor(rate, { eventsPerRequest });
        const cost = predict({ eventsPerRequest, eventsPerFlush: plan.eventsPerFlush });
        const share = (us: number, servers: number) => (rate * us) / (1e6 * servers);
        // Flushes are rounded to whole events.
        const most = usedShare * 1.05;
        expect(share(cost.ingestUs, plan.ingestThreads)).toBeLessThanOrEqual(most);
        const redisUs = cost.redisAppendUs + cost.redisReadUs;
        expect(share(redisUs, plan.redisMasters)).toBeLessThanOrEqual(most);
        expect(share(COSTS.serialUs, plan.databases)).toBeLessThanOrEqual(most);
        const postgresUs = COSTS.postgresStoreUs + COSTS.postgresPackUs;
        expect(share(postgresUs, plan.databases * plan.databaseCores)).toBeLessThanOrEqual(most);
      }),
    );
  });

  test.each([
    [1, 103.3, 84.6],
    [100, 4.3, 4.41],
    [500, 3.5, 3.762],
  ])("shares a flush and a request among %d events", (events, redisUs, ingestUs) => {
    const cost = predict({ eventsPerRequest: events, eventsPerFlush: events });
    expect(cost.redisAppendUs).toBeCloseTo(redisUs, 2);
    expect(cost.ingestUs).toBeCloseTo(ingestUs, 2);
  });

  test("counts what replicas receive, and what waits an hour", () => {
    const alone = planFor(1_000, { copies: 0 });
    const copied = planFor(1_000, { copies: 2 });
    expect(copied.redisBytes - alone.redisBytes).toBe(2_000 * COSTS.appendOnlyBytes);
    expect(planFor(2_000).backlogBytesPerHour).toBe(2 * alone.backlogBytesPerHour);
  });
});
