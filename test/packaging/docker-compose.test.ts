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
  test("docker-compose.yml names only variables that readConfig reads, and those of the load tests", () => {
    const known = [...configNames(), ...settingNames()];
    expect(interpolatedNames().filter((name) => !known.includes(name))).toEqual([]);
    expect(Object.keys(engine).filter((name) => !configNames().includes(name))).toEqual([]);
  });

  test("docker-compose.yml passes on every variable that readConfig reads but the URL that its parts make up", () => {
    const expected = configNames().filter((name) => name !== "DATABASE_URL");
    expect(Object.keys(engine).toSorted()).toEqual(expected);
  });

  test("docker-compose.yml leaves the engine's defaults as they are when .env sets nothing", () => {
    const { redisUrl, databaseUrl, ...config } = configured(engine);
    const { redisUrl: _, databaseUrl: __, ...defaults } = configured({});
    expect(config).toEqual(defaults);
    expect(new URL(redisUrl ?? "").hostname).toBe("redis");
    expect(new URL(databaseUrl ?? "").hostname).toBe("postgres");
  });

  test("docker-compose.yml passes on what .env sets", () => {
    const env = { REDIS_STREAM: "clicks", CONSUMER_WORKERS: "3", LOG_LEVEL: "debug" };
    const config = configured(composeFile(env).services.queueflow.environment ?? {});
    expect(config).toMatchObject({ stream: "clicks", consumerWorkers: 3, logLevel: "debug" });
  });

  test("docker-compose.yml makes the database that the engine connects to", () => {
    const env = { POSTGRES_USER: "ann", POSTGRES_DB: "numbers", POSTGRES_PASSWORD: "p@ss/w:rd" };
    const set = composeFile(env).services;
    expect(set.postgres.environment).toEqual(env);
    const url = new URL(configured(set.queueflow.environment ?? {}).databaseUrl ?? "");
    expect(decodeURIComponent(url.password)).toBe(env.POSTGRES_PASSWORD);
    expect([url.username, url.pathname, url.port]).toEqual(["ann", "/numbers", "5432"]);
    expect(Object.values(postgres.environment ?? {})).not.toContain("");
  });

  test("docker-compose.yml publishes the engine's port, and to this machine alone those of monitoring", () => {
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

  test("docker-compose.yml waits longer for a stop than the engine takes", () => {
    const [, seconds] = /^(\d+)s$/.exec(queueflow.stop_grace_period ?? "") ?? [];
    expect(Number(seconds) * 1_000).toBeGreaterThan(configured(engine).shutdownTimeoutMs);
  });

  test("docker-compose.yml checks the engine's health as the image does", () => {
    const [check = ""] = restsOf(dockerfileStages().at(-1), "HEALTHCHECK");
    expect(check).toEndWith(
      `CMD ${JSON.stringify(queueflow.healthcheck?.test.slice(1)).replaceAll(",", ", ")}`,
    );
  });

  test("docker-compose.yml waits for the health of whatever a service depends on", () => {
    for (const { depends_on = {} } of Object.values(services)) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        expect(condition).toBe("service_healthy");
        expect(
          Object.entries(services).find(([known]) => known === name)?.[1].healthcheck,
        ).toBeDefined();
      }
    }
  });

  test("docker-compose.yml pins every image that it does not build", () => {
    const pulled = Object.values(services).filter(({ build }) => build === undefined);
    expect(pulled.length).toBe(5);
    for (const { image } of pulled) expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?$/);
  });

  test("docker-compose.yml runs a Redis that keeps what a 202 promises", () => {
    const command = redis.command ?? [];
    const valueOf = (option: string) => command[command.indexOf(option) + 1];
    expect(valueOf("--appendonly")).toBe("yes");
    expect(valueOf("--appendfsync")).toBe("always");
    expect(valueOf("--maxmemory-policy")).toBe("noeviction");
    expect(valueOf("--maxmemory")).toMatch(/^\d+gb$/);
    expect(redis.volumes).toEqual(["redis-data:/data"]);
  });

  test("docker-compose.yml keeps data in volumes that it declares", () => {
    expect(postgres.volumes).toEqual(["postgres-data:/var/lib/postgresql"]);
    expect(Object.keys(volumes).toSorted()).toEqual([
      "postgres-data",
      "prometheus-data",
      "redis-data",
    ]);
  });

  test("docker-compose.yml runs a script of bench/k6 as its load test, with every setting that the scripts read", () => {
    const script = k6.command?.at(-1) ?? "";
    expect(k6.profiles).toEqual(["bench"]);
    expect(k6.volumes).toEqual(["./bench/k6:/bench:ro"]);
    expect(existsSync(join(ROOT, "bench/k6", script))).toBe(true);
    expect(Object.keys(k6.environment ?? {}).toSorted()).toEqual([...settingNames()]);
  });

  test("monitoring is an optional profile that uses the files of ops", () => {
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
