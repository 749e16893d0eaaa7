import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { projectFile, ROOT } from "./project-files.ts";

export const KUBERNETES_FOLDER = "ops/kubernetes";

const Labels = Type.Record(Type.String(), Type.String());
const Selector = Type.Object({ matchLabels: Labels });
const Exec = Type.Object({ command: Type.Array(Type.String()) });
const Probe = Type.Object({
  httpGet: Type.Optional(Type.Object({ path: Type.String(), port: Type.String() })),
  exec: Type.Optional(Exec),
});
const Container = Type.Object({
  image: Type.String(),
  envFrom: Type.Array(
    Type.Object({
      configMapRef: Type.Optional(Type.Object({ name: Type.String() })),
      secretRef: Type.Optional(Type.Object({ name: Type.String() })),
    }),
  ),
  env: Type.Array(Type.Object({ name: Type.String(), value: Type.String() })),
  ports: Type.Optional(
    Type.Array(Type.Object({ name: Type.String(), containerPort: Type.Integer() })),
  ),
  startupProbe: Probe,
  readinessProbe: Probe,
  livenessProbe: Type.Optional(Probe),
  lifecycle: Type.Optional(Type.Object({ preStop: Type.Object({ exec: Exec }) })),
  resources: Type.Object({ requests: Labels, limits: Labels }),
  securityContext: Type.Object({
    allowPrivilegeEscalation: Type.Boolean(),
    readOnlyRootFilesystem: Type.Boolean(),
    capabilities: Type.Object({ drop: Type.Array(Type.String()) }),
  }),
});
const Deployment = Type.Object({
  kind: Type.Literal("Deployment"),
  metadata: Type.Object({ name: Type.String() }),
  spec: Type.Object({
    selector: Selector,
    template: Type.Object({
      metadata: Type.Object({ labels: Labels }),
      spec: Type.Object({
        terminationGracePeriodSeconds: Type.Integer(),
        securityContext: Type.Object({
          runAsNonRoot: Type.Boolean(),
          runAsUser: Type.Integer(),
          runAsGroup: Type.Integer(),
          seccompProfile: Type.Object({ type: Type.String() }),
        }),
        containers: Type.Tuple([Container]),
      }),
    }),
  }),
});
const Service = Type.Object({
  kind: Type.Literal("Service"),
  spec: Type.Object({
    selector: Labels,
    ports: Type.Array(Type.Object({ targetPort: Type.String() })),
  }),
});
const Autoscaler = Type.Object({
  kind: Type.Literal("HorizontalPodAutoscaler"),
  spec: Type.Object({
    scaleTargetRef: Type.Object({
      apiVersion: Type.String(),
      kind: Type.String(),
      name: Type.String(),
    }),
    maxReplicas: Type.Integer(),
    metrics: Type.Array(
      Type.Object({
        external: Type.Optional(Type.Object({ metric: Type.Object({ name: Type.String() }) })),
      }),
    ),
  }),
});
const Budget = Type.Object({
  kind: Type.Literal("PodDisruptionBudget"),
  spec: Type.Object({ selector: Selector }),
});
const NetworkPolicy = Type.Object({
  kind: Type.Literal("NetworkPolicy"),
  spec: Type.Object({
    podSelector: Selector,
    ingress: Type.Optional(
      Type.Array(
        Type.Object({
          ports: Type.Array(Type.Object({ port: Type.Union([Type.String(), Type.Integer()]) })),
        }),
      ),
    ),
  }),
});
const Settings = Type.Object({ kind: Type.Literal("ConfigMap"), data: Labels });
const Servers = Type.Object({
  kind: Type.Literal("Secret"),
  metadata: Type.Object({ name: Type.String() }),
  stringData: Labels,
});
const Manifest = Type.Object({ apiVersion: Type.String(), kind: Type.String() });
const Kustomization = Type.Object({
  resources: Type.Array(Type.String()),
  images: Type.Array(Type.Object({ name: Type.String() })),
});
const Adapter = Type.Object({
  rules: Type.Object({
    external: Type.Array(
      Type.Object({ name: Type.Object({ as: Type.String() }), metricsQuery: Type.String() }),
    ),
  }),
});

export type Deployment = Static<typeof Deployment>;

const KUSTOMIZATION = "kustomization.yaml";
const ADAPTER = "prometheus-adapter.yaml";

/** Every object of ops/kubernetes that Kubernetes itself reads. */
export function manifests(): readonly Static<typeof Manifest>[] {
  return manifestNames().flatMap((name) => {
    const read: unknown = Bun.YAML.parse(projectFile(join(KUBERNETES_FOLDER, name)));
    const objects: unknown = Array.isArray(read) ? read : [read];
    // `Parse` would leave out the other fields.
    Value.Assert(Type.Array(Manifest), objects);
    return objects;
  });
}

export function manifestNames(): readonly string[] {
  const names = readdirSync(join(ROOT, KUBERNETES_FOLDER));
  return names.filter((name) => name !== KUSTOMIZATION && name !== ADAPTER).toSorted();
}

export const deployments = (): readonly Deployment[] => ofKind(Deployment);
export const services = () => ofKind(Service);
export const autoscalers = () => ofKind(Autoscaler);
export const budgets = () => ofKind(Budget);
export const networkPolicies = () => ofKind(NetworkPolicy);
export const kustomization = () => Value.Parse(Kustomization, parsed(KUSTOMIZATION));
export const adapterRules = () => Value.Parse(Adapter, parsed(ADAPTER)).rules.external;

/** Settings of every pod. */
export function settings(): Readonly<Record<string, string>> {
  return ofKind(Settings)[0]?.data ?? {};
}

/** The Secret with the addresses of the servers. */
export function servers(): Static<typeof Servers> {
  const [secret] = ofKind(Servers);
  if (secret === undefined) throw new Error(`${KUBERNETES_FOLDER} has no Secret`);
  return secret;
}

/** The environment of a deployment's container. */
export function environmentOf(deployment: Deployment): Readonly<Record<string, string>> {
  const [{ env }] = deployment.spec.template.spec.containers;
  const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  return { ...settings(), ...servers().stringData, ...own };
}

function ofKind<Schema extends ReturnType<typeof Type.Object>>(schema: Schema): Static<Schema>[] {
  const { kind } = schema.properties as { kind?: { const?: unknown } };
  return manifests()
    .filter((manifest) => manifest.kind === kind?.const)
    .map((manifest) => Value.Parse(schema, manifest));
}

function parsed(name: string): unknown {
  return Bun.YAML.parse(projectFile(join(KUBERNETES_FOLDER, name)));
}
