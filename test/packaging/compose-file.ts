import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { projectFile } from "./project-files.ts";

const Environment = Type.Record(Type.String(), Type.String());
const Service = Type.Object({
  image: Type.String(),
  build: Type.Optional(Type.String()),
  command: Type.Optional(Type.Array(Type.String())),
  environment: Type.Optional(Environment),
  ports: Type.Optional(Type.Array(Type.String())),
  volumes: Type.Optional(Type.Array(Type.String())),
  stop_grace_period: Type.Optional(Type.String()),
  healthcheck: Type.Optional(Type.Object({ test: Type.Array(Type.String()) })),
  depends_on: Type.Optional(Type.Record(Type.String(), Type.Object({ condition: Type.String() }))),
  profiles: Type.Optional(Type.Array(Type.String())),
});
const ComposeFile = Type.Object({
  services: Type.Object({
    queueflow: Service,
    redis: Service,
    postgres: Service,
    k6: Service,
    prometheus: Service,
    grafana: Service,
  }),
  volumes: Type.Record(Type.String(), Type.Null()),
});

export type ComposeFile = Static<typeof ComposeFile>;

const VARIABLE = /\$\{([A-Z0-9_]+)(?::-([^}]*))?\}/g;

/** The names that docker-compose.yml takes from `.env` or the shell. */
export function interpolatedNames(): readonly string[] {
  const text = projectFile("docker-compose.yml");
  return [...new Set([...text.matchAll(VARIABLE)].map(([, name = ""]) => name))].toSorted();
}

/** docker-compose.yml with the variables of `env` put in, as compose does it. */
export function composeFile(env: Readonly<Record<string, string>> = {}): ComposeFile {
  const filled = (text: string) =>
    text
      .replaceAll(VARIABLE, (_, name: string, fallback = "") => env[name] || fallback)
      .replaceAll("$$", "$");
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
