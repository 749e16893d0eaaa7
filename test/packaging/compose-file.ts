import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { projectFile } from "./project-files.ts";

const Environment = Type.Record(Type.String(), Type.String());
const Port = Type.Object({
  host_ip: Type.String(),
  published: Type.String(),
  target: Type.Integer(),
});
const Service = Type.Object({
  image: Type.String(),
  build: Type.Optional(Type.Object({ context: Type.String(), target: Type.String() })),
  scale: Type.Optional(Type.Integer()),
  user: Type.Optional(Type.String()),
  entrypoint: Type.Optional(Type.Array(Type.String())),
  command: Type.Optional(Type.Array(Type.String())),
  environment: Type.Optional(Environment),
  ports: Type.Optional(Type.Array(Type.Union([Type.String(), Port]))),
  networks: Type.Array(Type.String()),
  logging: Type.Object({ driver: Type.String(), options: Environment }),
  volumes: Type.Optional(Type.Array(Type.String())),
  stop_grace_period: Type.Optional(Type.String()),
  healthcheck: Type.Optional(Type.Object({ test: Type.Array(Type.String()) })),
  depends_on: Type.Optional(Type.Record(Type.String(), Type.Object({ condition: Type.String() }))),
  profiles: Type.Optional(Type.Array(Type.String())),
});
const ComposeFile = Type.Object({
  services: Type.Object({
    queueflow: Service,
    consumer: Service,
    redis: Service,
    postgres: Service,
    k6: Service,
    prometheus: Service,
    grafana: Service,
    "cluster-ingest": Service,
    "cluster-store": Service,
    "cluster-keeper": Service,
    "cluster-1": Service,
    "cluster-2": Service,
    "cluster-3": Service,
    "cluster-4": Service,
    "cluster-5": Service,
    "cluster-6": Service,
  }),
  networks: Type.Record(
    Type.String(),
    Type.Union([Type.Null(), Type.Object({ internal: Type.Literal(true) })]),
  ),
  volumes: Type.Record(Type.String(), Type.Null()),
  configs: Type.Object({ "prometheus-targets": Type.Object({ content: Type.String() }) }),
});

export type ComposeFile = Static<typeof ComposeFile>;

const VARIABLE = /(?<!\$)\$\{([A-Z0-9_]+)(?::([-?])([^}]*))?\}/g;

/** Variables of docker-compose.yml that the engine does not read. */
export const COMPOSE_ONLY = ["CLUSTER_API_PORT", "GRAFANA_PASSWORD", "REDIS_MAXMEMORY"];

/** Variables without which compose refuses the file. */
export const PASSWORDS = { REDIS_PASSWORD: "redis-secret", POSTGRES_PASSWORD: "postgres-secret" };

/** The names that docker-compose.yml demands, each with the message that says what to do. */
export function demandedNames(): ReadonlyMap<string, string> {
  const found = [...projectFile("docker-compose.yml").matchAll(VARIABLE)];
  const demanded = found.filter(([, , operator]) => operator === "?");
  return new Map(demanded.map(([, name = "", , message = ""]) => [name, message]));
}

/** The names that docker-compose.yml takes from `.env` or the shell. */
export function interpolatedNames(): readonly string[] {
  const text = projectFile("docker-compose.yml");
  return [...new Set([...text.matchAll(VARIABLE)].map(([, name = ""]) => name))].toSorted();
}

/** docker-compose.yml with the passwords and the variables of `env` put in, as compose does it. */
export function composeFile(env: Readonly<Record<string, string>> = {}): ComposeFile {
  const values: Readonly<Record<string, string>> = { ...PASSWORDS, ...env };
  const valueOf = (_: string, name: string, operator = "", rest = "") =>
    values[name] || (operator === "-" ? rest : "");
  const filled = (text: string) => text.replaceAll(VARIABLE, valueOf).replaceAll("$$", "$");
  return Value.Parse(
    ComposeFile,
    mapStrings(Bun.YAML.parse(projectFile("docker-compose.yml")), filled),
  );
}

function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapStrings(item, map)]),
  );
}
