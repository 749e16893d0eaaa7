import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { composeFile, interpolatedNames } from "./compose-file.ts";
import { dockerfileStages, restsOf } from "./dockerfile.ts";
import { settingNames } from "./k6-settings.ts";
import { configNames, configured, ROOT } from "./project-files.ts";

const { services, volumes } = composeFile();
const { queueflow, redis, postgres, k6, prometheus, grafana } = services;
const engine = queueflow.environment ?? {};

describe("docker-compose.yml", () => {
  test("names only variables of the engine and the load tests", () => {
    const known = [...configNames(), ...settingNames()];
    expect(interpolatedNames().filter((name) => !known.includes(name))).toEqual([]);
    expect(Object.keys(engine).filter((name) => !configNames().includes(name))).toEqual([]);
  });

  test("passes the engine every variable except DATABASE_URL", () => {
    const expected = configNames().filter((name) => name !== "DATABASE_URL");
    expect(Object.keys(engine).toSorted()).toEqual(expected);
  });

  test("keeps the engine's defaults without .env", () => {
    const { redisUrl, databaseUrl, ...config } = configured(engine);
    const { redisUrl: _, databaseUrl: __, ...defaults } = configured({});
    expect(config).toEqual(defaults);
    expect(new URL(redisUrl ?? "").hostname).toBe("redis");
    expect(new URL(databaseUrl ?? "").hostname).toBe("postgres");
  });

  test("passes the values in .env to the engine", () => {
    const env = { REDIS_STREAM: "clicks", CONSUMER_WORKERS: "3", LOG_LEVEL: "debug" };
    const config = configured(composeFile(env).services.queueflow.environment ?? {});
    expect(config).toMatchObject({ stream: "clicks", consumerWorkers: 3, logLevel: "debug" });
  });

  test("creates the database that the engine connects to", () => {
    const env = { POSTGRES_USER: "ann", POSTGRES_DB: "numbers", POSTGRES_PASSWORD: "p@ss/w:rd" };
    const set = composeFile(env).services;
    expect(set.postgres.environment).toEqual(env);
    const url = new URL(configured(set.queueflow.environment ?? {}).databaseUrl ?? "");
    expect(decodeURIComponent(url.password)).toBe(env.POSTGRES_PASSWORD);
    expect([url.username, url.pathname, url.port]).toEqual(["ann", "/numbers", "5432"]);
    expect(Object.values(postgres.environment ?? {})).not.toContain("");
  });

  test("publishes monitoring ports on loopback only", () => {
    const env = { API_HOST: "127.0.0.1", API_PORT: "8080", REDIS_URL: "redis://elsewhere" };
    const set = composeFile(env).services;
    const inside = configured(set.queueflow.environment ?? {});
    expect(set.queueflow.ports).toEqual([`127.0.0.1:8080:${inside.apiPort}`]);
    expect([inside.apiHost, inside.redisUrl]).toEqual(["0.0.0.0", "redis://redis:6379"]);
    expect([redis.ports, postgres.ports, k6.ports]).toEqual([undefined, undefined, undefined]);
    const ofMonitoring = [...(prometheus.ports ?? []), ...(grafana.ports ?? [])];
    expect(ofMonitoring).toHaveLength(2);
    for (const port of ofMonitoring) expect(port).toStartWith("127.0.0.1:");
    expect(k6.environment?.["TARGET"]).toBe(`http://queueflow:${inside.apiPort}`);
  });

  test("allows a stop more time than the engine's own limit", () => {
    const [, seconds] = /^(\d+)s$/.exec(queueflow.stop_grace_period ?? "") ?? [];
    expect(Number(seconds) * 1_000).toBeGreaterThan(configured(engine).shutdownTimeoutMs);
  });

  test("checks the engine's health like the image", () => {
    const [check = ""] = restsOf(dockerfileStages().at(-1), "HEALTHCHECK");
    expect(check).toEndWith(
      `CMD ${JSON.stringify(queueflow.healthcheck?.test.slice(1)).replaceAll(",", ", ")}`,
    );
  });

  test("starts a service after its dependencies are healthy", () => {
    for (const { depends_on = {} } of Object.values(services)) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        expect(condition).toBe("service_healthy");
        expect(
          Object.entries(services).find(([known]) => known === name)?.[1].healthcheck,
        ).toBeDefined();
      }
    }
  });

  test("pins the version of every image it pulls", () => {
    const pulled = Object.values(services).filter(({ build }) => build === undefined);
    expect(pulled.length).toBe(5);
    for (const { image } of pulled) expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?$/);
  });

  test("runs Redis with durable, non-evicting settings", () => {
    const command = redis.command ?? [];
    const valueOf = (option: string) => command[command.indexOf(option) + 1];
    expect(valueOf("--appendonly")).toBe("yes");
    expect(valueOf("--appendfsync")).toBe("always");
    expect(valueOf("--maxmemory-policy")).toBe("noeviction");
    expect(valueOf("--maxmemory")).toMatch(/^\d+gb$/);
    expect(redis.volumes).toEqual(["redis-data:/data"]);
  });

  test("keeps data in declared volumes", () => {
    expect(postgres.volumes).toEqual(["postgres-data:/var/lib/postgresql"]);
    expect(Object.keys(volumes).toSorted()).toEqual([
      "postgres-data",
      "prometheus-data",
      "redis-data",
    ]);
  });

  test("passes every setting to the k6 scripts", () => {
    const script = k6.command?.at(-1) ?? "";
    expect(k6.profiles).toEqual(["bench"]);
    expect(k6.volumes).toEqual(["./bench/k6:/bench:ro"]);
    expect(existsSync(join(ROOT, "bench/k6", script))).toBe(true);
    expect(Object.keys(k6.environment ?? {}).toSorted()).toEqual([...settingNames()]);
  });

  test("mounts the ops files in an optional monitoring profile", () => {
    for (const { profiles, volumes: mounts = [] } of [prometheus, grafana]) {
      expect(profiles).toEqual(["monitoring"]);
      const sources = mounts.map((mount) => mount.split(":")[0] ?? "");
      const files = sources.filter((source) => source.startsWith("./"));
      expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
      expect(files.length).toBeGreaterThan(0);
    }
    const dashboard = grafana.environment?.["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] ?? "";
    const mount = grafana.volumes?.find((each) => each.split(":")[1] === dirname(dashboard)) ?? "";
    const [folder = ""] = mount.split(":");
    expect(existsSync(join(ROOT, folder, basename(dashboard)))).toBe(true);
  });
});
