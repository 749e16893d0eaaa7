import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { projectFile } from "./project-files.ts";

const Alert = Type.Object({
  alert: Type.String(),
  expr: Type.String(),
  labels: Type.Object({
    severity: Type.Union([Type.Literal("critical"), Type.Literal("warning")]),
  }),
  annotations: Type.Object({
    summary: Type.String(),
    description: Type.String(),
    runbook: Type.String(),
  }),
});
const Rules = Type.Object({
  groups: Type.Array(Type.Object({ name: Type.String(), rules: Type.Array(Alert) })),
});
const Target = Type.Object({ expr: Type.String(), legendFormat: Type.String() });
const Panel = Type.Object({
  id: Type.Integer(),
  title: Type.String(),
  type: Type.String(),
  gridPos: Type.Object({
    x: Type.Integer(),
    y: Type.Integer(),
    w: Type.Integer(),
    h: Type.Integer(),
  }),
  targets: Type.Optional(Type.Array(Target)),
});
const Dashboard = Type.Object({
  uid: Type.String(),
  annotations: Type.Object({ list: Type.Array(Type.Object({ expr: Type.String() })) }),
  templating: Type.Object({
    list: Type.Array(Type.Object({ name: Type.String(), query: Type.Unknown() })),
  }),
  panels: Type.Array(Panel),
});

/** Where the rules and their tests lie, which promtool reads itself. */
export const PROMETHEUS_FOLDER = "ops/prometheus";

export type Alert = Static<typeof Alert>;
export type Panel = Static<typeof Panel>;

/** Every alert of ops/prometheus/alerts.yml. */
export function alerts(): readonly Alert[] {
  const rules = Bun.YAML.parse(projectFile(`${PROMETHEUS_FOLDER}/alerts.yml`));
  return Value.Parse(Rules, rules).groups.flatMap((group) => group.rules);
}

/** The dashboard of ops/grafana. */
export function dashboard(): Static<typeof Dashboard> {
  return Value.Parse(
    Dashboard,
    JSON.parse(projectFile("ops/grafana/dashboards/queueflow.json")) as unknown,
  );
}

/** Every expression of the dashboard: of its panels, its annotations and its variables. */
export function dashboardExpressions(): readonly string[] {
  const { panels, annotations, templating } = dashboard();
  return [
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...annotations.list.map(({ expr }) => expr),
    ...templating.list.map(({ query }) => JSON.stringify(query)),
  ];
}

/** The engine's metrics that an expression names. */
export function metricsIn(expression: string): readonly string[] {
  return expression.match(/\bqueueflow_\w+/g) ?? [];
}
