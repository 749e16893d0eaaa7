import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { SETTINGS } from "../../bench/k6/setting-kinds.ts";
import {
  COMPOSE_ONLY,
  composeFile,
  demandedNames,
  interpolatedNames,
  PASSWORDS,
} from "./compose-file.ts";
import { image as imageStage, restsOf } from "./dockerfile.ts";
import { configNames, configured, ROOT } from "./project-files.ts";

const { services, networks, volumes } = composeFile();
const { queueflow, consumer, redis, postgres, k6, prometheus, grafana } = services;
const engine = queueflow.environment ?? {};
const nodes = Object.entries(services).filter(([name]) => /^cluster-\d$/.test(name));
/** The last two are clients of the same server. */
const NEIGHBOURS = [
  "queueflow redis",
  "consumer redis",
  "postgres queueflow",
  "consumer postgres",
  "k6 queueflow",
  "prometheus queueflow",
  "grafana prometheus",
  "consumer queueflow",
  "k6 prometheus",
];

describe("docker-compose.yml", () => {
  test("names only documented variables", () => {
    const known = [...configNames(), ...SETTINGS, ...COMPOSE_ONLY];
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
    // In the container; a port is published where .env says.
    expect(config).toEqual({ ...defaults, apiHost: "0.0.0.0", operateHost: "0.0.0.0" });
    expect(new URL(redisUrl ?? "").host).toBe("redis:6379");
    expect(new URL(databaseUrl ?? "").hostname).toBe("postgres");
  });

  test("passes the values in .env to the engine", () => {
    const env = { REDIS_STREAM: "clicks", CONSUMER_WORKERS: "3", LOG_LEVEL: "debug" };
    const config = configured(composeFile(env).services.queueflow.environment ?? {});
    expect(config).toMatchObject({ stream: "clicks", consumerWorkers: 3, logLevel: "debug" });
  });

  test("refuses to start without passwords", () => {
    expect([...demandedNames().keys()].toSorted()).toEqual(Object.keys(PASSWORDS).toSorted());
    for (const message of demandedNames().values()) {
      expect(existsSync(join(ROOT, message.split(" ")[0] ?? ""))).toBe(true);
    }
  });

  test("gives the servers the engine's passwords", () => {
    const password = `p@ss/w:r%41d#?&'"$\\ ü`;
    const env = { POSTGRES_USER: "ann", POSTGRES_DB: "numbers", POSTGRES_PASSWORD: password };
    const set = composeFile({ ...env, REDIS_PASSWORD: `redis ${password}` }).services;
    expect(set.postgres.environment).toEqual(env);
    expect(set.redis.environment?.["REDISCLI_AUTH"]).toBe(`redis ${password}`);
    for (const { environment = {} } of [set.queueflow, set.consumer]) {
      const { databaseUrl, redisUrl } = configured(environment);
      const url = new URL(databaseUrl ?? "");
      expect(decodeURIComponent(url.password)).toBe(password);
      expect([url.username, url.pathname, url.port]).toEqual(["ann", "/numbers", "5432"]);
      expect(decodeURIComponent(new URL(redisUrl ?? "").password)).toBe(`redis ${password}`);
    }
  });

  test("runs consumers that share the work of the engine", () => {
    const { INGEST_WORKERS, REDIS_CONSUMER, ...rest } = consumer.environment ?? {};
    const { INGEST_WORKERS: _, REDIS_CONSUMER: __, ...shared } = engine;
    expect(rest).toEqual(shared);
    expect([INGEST_WORKERS, REDIS_CONSUMER, consumer.scale]).toEqual(["0", "", 0]);
    expect([consumer.image, consumer.ports]).toEqual([queueflow.image, undefined]);
  });

  test("connects only services that talk to each other", () => {
    const members = Object.entries(services).filter(([name]) => !name.startsWith("cluster-"));
    const pairs = members.flatMap(([name, { networks: own }]) =>
      members
        .filter(([other, one]) => name < other && one.networks.some((net) => own.includes(net)))
        .map(([other]) => `${name} ${other}`),
    );
    expect(pairs.toSorted()).toEqual(NEIGHBOURS.toSorted());
    expect([networks["redis"], networks["postgres"]]).toEqual([
      { internal: true },
      { internal: true },
    ]);
  });

  test("rotates the logs of every service", () => {
    for (const { logging } of Object.values(services)) {
      expect(logging.driver).toBe("json-file");
      expect(Object.keys(logging.options).toSorted()).toEqual(["max-file", "max-size"]);
    }
  });

  test("publishes the engine's port on loopback by default", () => {
    expect(queueflow.ports?.[0]).toMatchObject({ host_ip: "127.0.0.1" });
  });

  test("publishes monitoring ports on loopback only", () => {
    const env = { API_HOST: "::", API_PORT: "8080", REDIS_URL: "redis://elsewhere" };
    const set = composeFile(env).services;
    const inside = configured(set.queueflow.environment ?? {});
    const port = { host_ip: "::", published: "8080", target: inside.apiPort };
    expect(set.queueflow.ports).toEqual([port]);
    expect(inside.apiHost).toBe("0.0.0.0");
    expect(new URL(inside.redisUrl ?? "").host).toBe("redis:6379");
    expect([redis.ports, postgres.ports, k6.ports]).toEqual([undefined, undefined, undefined]);
    const ofMonitoring = [...(prometheus.ports ?? []), ...(grafana.ports ?? [])];
    expect(ofMonitoring).toHaveLength(2);
    for (const published of ofMonitoring) expect(published).toMatch(/^127\.0\.0\.1:/);
    expect(k6.environment?.["TARGET"]).toBe(`http://queueflow:${inside.apiPort}`);
  });

  test.each([
    [{}, "3000"],
    [{ OPERATE_PORT: "9300" }, "9300"],
  ] as [Record<string, string>, string][])(
    "lets Prometheus scrape, given %j, port %s",
    (env, port) => {
      const { configs, services: set } = composeFile(env);
      const inside = configured(set.queueflow.environment ?? {});
      expect(String(inside.operatePort || inside.apiPort)).toBe(port);
      expect(configs["prometheus-targets"].content).toBe(`- targets: ["queueflow:${port}"]`);
    },
  );

  test("allows a stop more time than the engine's own limit", () => {
    const [, seconds] = /^(\d+)s$/.exec(queueflow.stop_grace_period ?? "") ?? [];
    expect(Number(seconds) * 1_000).toBeGreaterThan(configured(engine).shutdownTimeoutMs);
  });

  test("checks the engine's health like the image", () => {
    const [check = ""] = restsOf(imageStage("engine"), "HEALTHCHECK");
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
    const pulled = Object.values(services).filter(({ image }) => image !== queueflow.image);
    expect(pulled.length).toBe(12);
    for (const service of pulled) expect(service.image).toMatch(/:v?\d+\.\d+(\.\d+)?$/);
  });

  test("runs Redis with durable, non-evicting settings", () => {
    const script = redis.command?.at(-1) ?? "";
    const settings = script.split("\n").map((line) => line.trim());
    expect(settings).toContain("appendonly yes");
    expect(settings).toContain("appendfsync always");
    expect(settings).toContain("maxmemory-policy noeviction");
    expect(settings).toContain("maxmemory $MAXMEMORY");
    expect(redis.environment?.["MAXMEMORY"]).toMatch(/^\d+gb$/);
    const { services: set } = composeFile({ REDIS_MAXMEMORY: "512mb" });
    expect(set.redis.environment?.["MAXMEMORY"]).toBe("512mb");
    expect(redis.volumes).toEqual(["redis-data:/data"]);
  });

  test("keeps data in declared volumes", () => {
    expect(postgres.volumes).toEqual(["postgres-data:/var/lib/postgresql"]);
    expect(Object.keys(volumes).toSorted()).toEqual([
      ...nodes.map(([name]) => `${name}-data`),
      "postgres-data",
      "prometheus-data",
      "redis-data",
    ]);
  });

  test("demands a login for Grafana", () => {
    const env = grafana.environment ?? {};
    expect(Object.keys(env).filter((name) => /ANONYMOUS|DISABLE_LOGIN/.test(name))).toEqual([]);
    const start = grafana.entrypoint ?? [];
    const without = Bun.spawnSync(start, { env: { GF_SECURITY_ADMIN_PASSWORD: "" } });
    expect(without.exitCode).toBe(2);
    expect(without.stderr.toString()).toContain("set GRAFANA_PASSWORD");
    const set = composeFile({ GRAFANA_PASSWORD: "secret" }).services.grafana.environment;
    expect(set?.["GF_SECURITY_ADMIN_PASSWORD"]).toBe("secret");
  });

  test("passes every setting to the k6 scripts", () => {
    const script = k6.command?.at(-1) ?? "";
    expect(k6.profiles).toEqual(["bench"]);
    expect(k6.volumes).toEqual(["./bench/k6:/bench:ro"]);
    expect(existsSync(join(ROOT, "bench/k6", script))).toBe(true);
    // A container has no place for a result file.
    const names = SETTINGS.filter((name) => name !== "RESULT_FILE");
    const { K6_NO_USAGE_REPORT, ...settings } = k6.environment ?? {};
    expect(Object.keys(settings).toSorted()).toEqual([...names]);
    expect(K6_NO_USAGE_REPORT).toBe("true");
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

  test("runs nodes of a cluster like the single Redis", () => {
    const settingsOf = (service: typeof redis) =>
      (service.command?.at(-1) ?? "").split("\n").map((line) => line.trim());
    expect(nodes).toHaveLength(6);
    for (const [name, node] of nodes) {
      expect(settingsOf(redis).filter((line) => !settingsOf(node).includes(line))).toEqual([]);
      expect(settingsOf(node)).toContain("cluster-require-full-coverage no");
      expect([node.image, node.user, node.volumes, node.networks, node.profiles]).toEqual([
        redis.image,
        redis.user,
        [`${name}-data:/data`],
        ["cluster"],
        ["cluster"],
      ]);
    }
    expect(networks["cluster"]).toEqual({ internal: true });
  });

  test("runs one engine on the cluster that accepts, one that stores", () => {
    const set = composeFile({ CLUSTER_API_PORT: "3999" }).services;
    const [accepting, storing] = [set["cluster-ingest"], set["cluster-store"]];
    const { CONSUMER_WORKERS, ...ingestRest } = accepting.environment ?? {};
    const { INGEST_WORKERS, ...storeRest } = storing.environment ?? {};
    expect([CONSUMER_WORKERS, INGEST_WORKERS]).toEqual(["0", "0"]);
    for (const rest of [ingestRest, storeRest]) {
      const { redisUrl, shards, redisReplicasMin } = configured(rest);
      expect([shards, redisReplicasMin]).toEqual([3, 1]);
      for (const name of ["cluster-1", "cluster-2", "cluster-3"]) expect(redisUrl).toContain(name);
      expect(redisUrl).toContain(`:${PASSWORDS.REDIS_PASSWORD}@`);
    }
    expect(accepting.ports).toEqual([{ host_ip: "127.0.0.1", published: "3999", target: 3_000 }]);
    expect(storing.ports).toBeUndefined();
    expect([accepting.networks, storing.networks]).toEqual([
      ["api", "cluster", "postgres"],
      ["cluster", "postgres"],
    ]);
    expect([accepting.image, storing.image]).toEqual([queueflow.image, queueflow.image]);
    expect(Object.keys(set["cluster-keeper"].depends_on ?? {})).toEqual(
      nodes.map(([name]) => name),
    );
  });
});
