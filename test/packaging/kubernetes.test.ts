import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { postgresConnectionsMax } from "../../src/config/postgres-connections.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { image, restsOf } from "./dockerfile.ts";
import {
  adapterRules,
  autoscalers,
  budgets,
  type Deployment,
  deployments,
  environmentOf,
  KUBERNETES_FOLDER,
  kustomization,
  manifestNames,
  manifests,
  networkPolicies,
  servers,
  services,
  settings,
} from "./kubernetes-files.ts";
import { dashboardExpressions, metricsIn } from "./ops-files.ts";
import { configNames, configured, projectFile, ROOT } from "./project-files.ts";

const [ingest, store] = deployments() as [Deployment, Deployment];
const TYPES = join(ROOT, "node_modules/kubernetes-types");
/** Of a resource, such as 500m, 2 or 512Mi. */
const QUANTITY = /^\d+(m|[KMG]i?)?$/;

const podOf = ({ spec }: Deployment) => spec.template.spec;
const containerOf = (deployment: Deployment) => podOf(deployment).containers[0];
const labelsOf = ({ spec }: Deployment) => spec.template.metadata.labels;

describe(KUBERNETES_FOLDER, () => {
  test("has only fields that the schema of Kubernetes has", async () => {
    const folder = temporaryFolder("kubernetes");
    const compile = async (objects: readonly { apiVersion: string; kind: string }[]) => {
      const lines = objects.map(
        (object, i) =>
          `const object${i}: import("${TYPES}/${moduleOf(object)}").${object.kind} = ${JSON.stringify(object)};`,
      );
      const path = join(folder, "manifests.ts");
      await Bun.write(path, lines.join("\n"));
      const tsc = Bun.spawnSync([
        process.execPath,
        join(ROOT, "node_modules/typescript/bin/tsc"),
        "--ignoreConfig",
        "--noEmit",
        "--strict",
        "--moduleResolution",
        "bundler",
        "--module",
        "esnext",
        path,
      ]);
      return tsc.stdout.toString();
    };
    expect(manifests().length).toBeGreaterThan(10);
    expect(await compile(manifests())).toBe("");
    const text = JSON.stringify(manifests());
    const broken = [
      ['"readinessProbe"', '"readynessProbe"'],
      ['"maxReplicas":10', '"maxReplicas":"10"'],
      ['"runAsNonRoot":true', '"runAsNonRoot":"yes"'],
    ].flatMap(([right = "", wrong = ""]) => {
      expect(text).toContain(right);
      return JSON.parse(text.replace(right, wrong)) as ReturnType<typeof manifests>;
    });
    expect((await compile(broken)).match(/error TS\d+/g)).toHaveLength(3);
  }, 60_000);

  test("is applied as a whole, except for the example secret", () => {
    const { resources, images } = kustomization();
    expect(["servers.example.yaml", ...resources].toSorted()).toEqual([...manifestNames()]);
    const used = deployments().map((deployment) => containerOf(deployment).image);
    expect(new Set(used)).toEqual(new Set(images.map(({ name }) => name)));
  });

  test("names only variables that the engine reads", () => {
    for (const deployment of deployments()) {
      const unknown = Object.keys(environmentOf(deployment)).filter(
        (name) => !configNames().includes(name),
      );
      expect(unknown).toEqual([]);
      const [map, secret] = containerOf(deployment).envFrom;
      expect([map?.configMapRef?.name, secret?.secretRef?.name]).toEqual([
        "queueflow",
        servers().metadata.name,
      ]);
    }
    expect(Object.keys(settings()).filter((name) => /URL|PASSWORD/.test(name))).toEqual([]);
  });

  test("accepts in one deployment and stores in the other", () => {
    const accepting = configured(environmentOf(ingest));
    const storing = configured(environmentOf(store));
    expect([accepting.ingestWorkers > 0, accepting.consumerWorkers]).toEqual([true, 0]);
    expect([storing.ingestWorkers, storing.consumerWorkers > 0]).toEqual([0, true]);
    expect([accepting.apiHost, accepting.operateHost]).toEqual(["0.0.0.0", "0.0.0.0"]);
    expect(containerOf(ingest).ports).toEqual([
      { name: "api", containerPort: accepting.apiPort },
      { name: "operate", containerPort: accepting.operatePort },
    ]);
    expect(containerOf(store).ports).toBeUndefined();
  });

  test("selects the pods of a deployment everywhere", () => {
    for (const deployment of deployments()) {
      expect(deployment.spec.selector.matchLabels).toEqual(labelsOf(deployment));
    }
    const both = deployments().map(labelsOf);
    expect(budgets().map(({ spec }) => spec.selector.matchLabels)).toEqual(both);
    expect(autoscalers().map(({ spec }) => spec.scaleTargetRef)).toEqual(
      deployments().map(({ metadata }) => ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        name: metadata.name,
      })),
    );
    const name = "app.kubernetes.io/name";
    expect(networkPolicies().map(({ spec }) => spec.podSelector.matchLabels)).toEqual([
      ...both,
      { [name]: labelsOf(ingest)[name] ?? "" },
    ]);
    for (const { spec } of services()) expect(spec.selector).toEqual(labelsOf(ingest));
  });

  test("leads only to ports that the pods have", () => {
    const names = containerOf(ingest).ports?.map((port) => port.name) ?? [];
    const [accepting] = networkPolicies();
    const allowed = accepting?.spec.ingress?.flatMap(({ ports }) => ports.map(({ port }) => port));
    expect(allowed).toEqual(names);
    expect(services().flatMap(({ spec }) => spec.ports.map((port) => port.targetPort))).toEqual(
      names,
    );
  });

  test("probes documented routes, and the command of the image", () => {
    const api = projectFile("docs/api.md");
    const { startupProbe, readinessProbe, livenessProbe } = containerOf(ingest);
    const ready = { path: "/health/ready", port: "api" };
    const live = { path: "/health/live", port: "api" };
    expect([startupProbe.httpGet, livenessProbe?.httpGet, readinessProbe.httpGet]).toEqual([
      live,
      live,
      ready,
    ]);
    for (const { path } of [live, ready]) expect(api).toContain(`\`${path}\``);
    const [check = ""] = restsOf(image("engine"), "HEALTHCHECK");
    const storing = containerOf(store);
    expect(storing.livenessProbe).toBeUndefined();
    for (const { exec } of [storing.startupProbe, storing.readinessProbe]) {
      expect(check).toEndWith(`/bin/${exec?.command.join('", "')}"]`);
    }
  });

  test("allows a stop more time than the engine's own limit", () => {
    for (const deployment of deployments()) {
      const { shutdownTimeoutMs } = configured(environmentOf(deployment));
      const [, seconds = "0"] = containerOf(deployment).lifecycle?.preStop.exec.command ?? [];
      const { terminationGracePeriodSeconds } = podOf(deployment);
      expect(terminationGracePeriodSeconds).toBeGreaterThan(
        Number(seconds) + shutdownTimeoutMs / 1_000,
      );
    }
  });

  test("runs as the image's user, without privileges", () => {
    const [user] = restsOf(image("engine"), "USER");
    for (const deployment of deployments()) {
      const { runAsUser, runAsGroup, ...rest } = podOf(deployment).securityContext;
      expect(`${runAsUser}:${runAsGroup}`).toBe(user ?? "");
      expect(rest).toEqual({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
      expect(containerOf(deployment).securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      const { requests, limits } = containerOf(deployment).resources;
      for (const amount of [...Object.values(requests), ...Object.values(limits)]) {
        expect(amount).toMatch(QUANTITY);
      }
    }
  });

  test("scales by a backlog that the engine reports", () => {
    const wanted = autoscalers().flatMap(({ spec }) =>
      spec.metrics.flatMap(({ external }) => external?.metric.name ?? []),
    );
    expect(wanted).toEqual(adapterRules().map(({ name }) => name.as));
    const known = new Set(dashboardExpressions().flatMap(metricsIn));
    const used = adapterRules().flatMap(({ metricsQuery }) => metricsIn(metricsQuery));
    expect(used.length).toBeGreaterThan(1);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });

  test("states how many connections its pods may open", () => {
    const counts = deployments().map((deployment, i) => {
      // One more during a rollout.
      const pods = (autoscalers()[i]?.spec.maxReplicas ?? 0) + 1;
      return [pods, postgresConnectionsMax(configured(environmentOf(deployment)))] as const;
    });
    const [accepting = "", storing = ""] = counts.map(([pods, each]) => `${pods} × ${each}`);
    const all = counts.reduce((sum, [pods, each]) => sum + pods * each, 0);
    const text = projectFile("docs/kubernetes.md").replaceAll("\n", " ");
    expect(text).toContain(`${accepting} for ingest and ${storing} for store, ${all} in all`);
  });
});

/** The file of the types of an object's API version. */
function moduleOf({ apiVersion }: { readonly apiVersion: string }): string {
  const [group = "", version] = apiVersion.includes("/")
    ? apiVersion.split("/")
    : ["core", apiVersion];
  const path = `${group.split(".")[0]}/${version}`;
  if (!existsSync(join(TYPES, `${path}.d.ts`))) throw new Error(`No types of ${apiVersion}`);
  return path;
}
