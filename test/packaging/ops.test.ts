import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { statusOf } from "../../src/errors.ts";
import { REFUSALS } from "../../src/metrics/register-ingest-metrics.ts";
import { PROMTOOL_MS_MAX, promtool } from "../support/promtool.ts";
import { alerts, dashboard, dashboardExpressions, PROMETHEUS_FOLDER } from "./ops-files.ts";
import { projectFile, ROOT } from "./project-files.ts";

const path = (name: string): string => join(ROOT, PROMETHEUS_FOLDER, name);

describe("ops/prometheus", () => {
  for (const args of [
    ["check", "rules", path("alerts.yml")],
    ["check", "config", path("prometheus.yml")],
    ["test", "rules", path("alerts.test.yml")],
  ]) {
    test(
      `promtool ${args.slice(0, 2).join(" ")} finds nothing wrong`,
      async () => {
        const { exitCode, output } = await promtool(args);
        expect(exitCode, output).toBe(0);
      },
      PROMTOOL_MS_MAX,
    );
  }

  test("alerts.test.yml fires every alert, none when healthy", () => {
    const text = projectFile(`${PROMETHEUS_FOLDER}/alerts.test.yml`);
    const fired = [...text.matchAll(/ALERTS\{alertname="(\w+)", alertstate="firing"\}/g)];
    expect(fired.map(([, name]) => name ?? "").toSorted()).toEqual(
      alerts()
        .map(({ alert }) => alert)
        .toSorted(),
    );
    expect(text).toContain("- expr: ALERTS\n");
  });

  test("alerts.yml tells server refusals from client errors", () => {
    const reasonsOf = (name: string): readonly string[] => {
      const expression = alerts().find(({ alert }) => alert === name)?.expr ?? "";
      return (/reason[=!]~"([^"]*)"/.exec(expression)?.[1] ?? "").split("|").toSorted();
    };
    // A restart refuses events on purpose and causes no alert.
    const ofServer = REFUSALS.filter((reason) => statusOf(reason) >= 500).toSorted();
    const alarming = ofServer.filter((reason) => reason !== "shutting_down");
    expect(reasonsOf("QueueFlowEventsRefused")).toEqual(alarming);
    expect(reasonsOf("QueueFlowInvalidEvents")).toEqual(ofServer);
  });

  test("alerts.yml links every alert to the runbook", () => {
    for (const { alert, annotations } of alerts()) {
      expect(annotations.runbook, alert).toMatch(/^docs\/operating\.md#[a-z0-9]+(-[a-z0-9]+)*$/);
    }
  });
});

describe("ops/grafana", () => {
  test("queueflow.json has unique panels that do not overlap", () => {
    const { panels } = dashboard();
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos, title } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    }
  });

  test(
    "queueflow.json has expressions that Prometheus can read",
    async () => {
      const plain = dashboardExpressions()
        .filter((expression) => !expression.includes("label_values"))
        .map((expression) => expression.replaceAll("$__rate_interval", "1m"));
      expect(plain.length).toBeGreaterThan(30);
      const rules = plain.map((expr, i) => ({ record: `panel:${i}`, expr }));
      const file = JSON.stringify({ groups: [{ name: "dashboard", rules }] });
      const { exitCode, output } = await promtool(["check", "rules", "/dev/stdin"], file);
      expect(exitCode, output).toBe(0);
      expect(output).toContain(`${plain.length} rules found`);
    },
    PROMTOOL_MS_MAX,
  );
});
