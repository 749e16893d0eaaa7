import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readConfig } from "../../src/config/config.ts";
import { VARIABLES_BY_NAME } from "../../src/config/variables.ts";
import { QueueFlowError } from "../../src/errors.ts";

/** The problems that an environment has, one a line. */
function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (!(error instanceof QueueFlowError)) throw error;
    expect(error.code).toBe("invalid_config");
    return error.message.split("\n");
  }
  return [];
}

/** The database's URL taken apart as a driver does it. */
function databaseOf(env: Readonly<Record<string, string>>) {
  const url = new URL(readConfig(env).databaseUrl ?? "");
  return {
    protocol: url.protocol,
    host: url.hostname,
    port: url.port,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
  };
}

describe("readConfig", () => {
  test("returns the documented defaults", () => {
    const { ingestWorkers, consumerWorkers, processName, ...config } = readConfig({});
    expect(config).toEqual({
      redisUrl: undefined,
      redisReplicasMin: 0,
      databaseUrl: undefined,
      stream: "events_stream",
      shards: 1,
      group: "analytics_workers",
      apiHost: "127.0.0.1",
      apiPort: 3_000,
      tlsFiles: undefined,
      operateHost: "127.0.0.1",
      operatePort: 0,
      allowedHosts: [],
      access: undefined,
      trustedProxies: [],
      addressEventsPerSecond: 0,
      addressRequestsPerSecond: 0,
      addressBurstSeconds: 10,
      basePath: "",
      collectPath: "/collect",
      scriptPath: "/script.js",
      countryHeader: undefined,
      geoipFile: undefined,
      respectsGpc: false,
      reportWorkers: 1,
      batchEntriesMax: 20_000,
      claimIdleMs: 30_000,
      streamLengthMax: 5_000_000,
      streamRetainEntries: 1_000,
      waitTimeoutMs: 10_000,
      keptQuery: [],
      eventsRetentionDays: 0,
      keepAliveMs: 75_000,
      shutdownTimeoutMs: 10_000,
      smtpServer: undefined,
      logLevel: "info",
    });
    expect(ingestWorkers).toBeWithin(1, 9);
    expect(consumerWorkers).toBeWithin(1, 5);
    expect(processName).toContain(String(process.pid));
  });

  test.each([
    [{ OPERATE_PORT: "3000" }, "Expected OPERATE_PORT to differ from API_PORT, got 3000 for both"],
    [
      { SCRIPT_PATH: "/stats/x.js" },
      "Expected SCRIPT_PATH to be no path of the engine, got /stats/x.js",
    ],
    [
      { SCRIPT_PATH: "/collect.gif" },
      "Expected SCRIPT_PATH and COLLECT_PATH to differ, got /collect.gif for both",
    ],
    [
      { TLS_CERT_FILE: "tls.crt" },
      "Expected TLS_CERT_FILE and TLS_KEY_FILE together, got only TLS_CERT_FILE",
    ],
    [
      { TLS_KEY_FILE: "tls.key" },
      "Expected TLS_CERT_FILE and TLS_KEY_FILE together, got only TLS_KEY_FILE",
    ],
  ] as [Record<string, string>, string][])("refuses %j", (env, problem) => {
    expect(() => readConfig(env)).toThrow(problem);
  });

  test.each([
    [{ REDIS_URL: "redis://cache" }, "0.0.0.0"],
    [{ PG_HOST: "db" }, "0.0.0.0"],
    [{ REDIS_URL: "redis://cache", DATABASE_URL: "postgres://db/events" }, "0.0.0.0"],
    [{ REDIS_URL: "redis://cache", API_HOST: "192.0.2.1" }, "192.0.2.1"],
    [{ API_HOST: "::" }, "::"],
  ] as [Record<string, string>, string][])("listens, given %j, on %s", (env, host) => {
    expect(readConfig(env).apiHost).toBe(host);
  });

  test("refuses braces in the name of a stream with shards", () => {
    const env = { REDIS_STREAM: "{events}", REDIS_SHARDS: "2" };
    const expected = 'Expected REDIS_STREAM to have no braces with REDIS_SHARDS=2, got "{events}"';
    expect(problemsOf(env)).toEqual([expected]);
    expect(readConfig({ ...env, REDIS_SHARDS: "1" }).stream).toBe("{events}");
  });

  test("refuses to wait for replicas of the embedded Redis", () => {
    const env = { REDIS_REPLICAS_MIN: "1" };
    expect(problemsOf(env)).toEqual([
      "Expected REDIS_URL with REDIS_REPLICAS_MIN, since the embedded Redis has no replicas, got 1 without it",
    ]);
    expect(readConfig({ ...env, REDIS_URL: "redis://cache" }).redisReplicasMin).toBe(1);
  });

  test("reads every described variable, and no other", () => {
    const read = new Set<string>();
    const get = (_: unknown, name: string | symbol) => void read.add(String(name));
    readConfig(new Proxy<Record<string, string | undefined>>({}, { get }));
    expect([...read].toSorted()).toEqual(VARIABLES_BY_NAME.map(([name]) => name).toSorted());
  });

  test("names each process uniquely without REDIS_CONSUMER", () => {
    expect(readConfig({}).processName).not.toBe(readConfig({}).processName);
    expect(readConfig({ REDIS_CONSUMER: "replica-1" }).processName).toBe("replica-1");
  });

  test("treats an empty variable as absent", () => {
    const names = ["REDIS_URL", "DATABASE_URL", "API_PORT", "LOG_LEVEL", "PG_PORT", "REDIS_STREAM"];
    const { processName: _, ...config } = readConfig(
      Object.fromEntries(names.map((name) => [name, ""])),
    );
    const { processName: __, ...defaults } = readConfig({});
    expect(config).toEqual(defaults);
  });

  test("returns a frozen object", () => {
    expect(Object.isFrozen(readConfig({}))).toBeTrue();
  });

  test("reports every problem at once", () => {
    const problems = problemsOf({
      API_PORT: "http",
      CONSUMER_WORKERS: "many",
      SHUTDOWN_TIMEOUT_MS: "5",
      LOG_LEVEL: "loud",
      REDIS_URL: "localhost:6379",
      DATABASE_URL: "mysql://db",
    });
    expect(problems).toHaveLength(6);
    expect(problems).toContain(
      'Expected CONSUMER_WORKERS to be an integer from 0 to 64, got "many"',
    );
    expect(problems).toContain(
      'Expected LOG_LEVEL to be one of debug, info, warn, error, silent, got "loud"',
    );
  });

  const notIntegers = [
    "-1",
    "+5",
    "1.5",
    "1e3",
    "0x10",
    " 3",
    "3 ",
    "٣",
    "NaN",
    "",
    "9".repeat(400),
  ];
  for (const raw of notIntegers.filter((text) => text !== "")) {
    test(`refuses ${JSON.stringify(raw.slice(0, 9))}`, () => {
      expect(problemsOf({ BATCH_ENTRIES_MAX: raw })).toHaveLength(1);
    });
  }

  test.each([
    ["10.0.0.0/8, 192.0.2.1,2001:db8::/32", []],
    ["10.0.0.0/8,10.0.0.0/33", ["10.0.0.0/33"]],
    ["proxy.example,10.0.0.0/8,::1/129", ["proxy.example", "::1/129"]],
  ])("reads the networks %s of TRUSTED_PROXIES", (raw, bad) => {
    const expected = "addresses and networks, such as 10.0.0.0/8, separated by commas";
    expect(problemsOf({ TRUSTED_PROXIES: raw })).toEqual(
      bad.map((text) => `Expected TRUSTED_PROXIES to be ${expected}, got "${text}"`),
    );
  });

  test("reads the names of ALLOWED_HOSTS", () => {
    const config = readConfig({ ALLOWED_HOSTS: "Stats.example.com, queueflow" });
    expect(config.allowedHosts).toEqual(["stats.example.com", "queueflow"]);
  });

  test.each(["*.example.com", "stats.example.com:3000", "https://a.example", "a..b", "[::1]"])(
    "refuses %s in ALLOWED_HOSTS",
    (host) => {
      const expected = "host names without a port, such as stats.example.com, separated by commas";
      expect(problemsOf({ ALLOWED_HOSTS: `a.example,${host}` })).toEqual([
        `Expected ALLOWED_HOSTS to be ${expected}, got "${host}"`,
      ]);
    },
  );

  const ranges: readonly (readonly [string, number, number])[] = [
    ["API_PORT", 1, 65_535],
    ["INGEST_WORKERS", 0, 64],
    ["CONSUMER_WORKERS", 0, 64],
    ["BATCH_ENTRIES_MAX", 1, 50_000],
    ["CLAIM_IDLE_MS", 1_000, 3_600_000],
    ["STREAM_LENGTH_MAX", 1, 1_000_000_000],
    ["EVENTS_RETENTION_DAYS", 0, 36_500],
    ["KEEP_ALIVE_MS", 10_000, 250_000],
    ["SHUTDOWN_TIMEOUT_MS", 100, 600_000],
    ["PG_PORT", 1, 65_535],
  ];
  for (const [name, min, max] of ranges) {
    test(`accepts ${name} from ${min} to ${max} only`, () => {
      const problems = [min - 1, min, max, max + 1].map(
        (value) => problemsOf({ [name]: String(value) }).length,
      );
      expect(problems).toEqual([1, 0, 0, 1]);
    });
  }

  test("returns REDIS_URL unchanged", () => {
    for (const url of ["redis://localhost", "rediss://user:p%40ss@cache.example:6380/2"]) {
      expect(readConfig({ REDIS_URL: url }).redisUrl).toBe(url);
    }
  });

  test("puts REDIS_PASSWORD into REDIS_URL", () => {
    const password = `/@:%41#?$&'"\\ ü`;
    const url = readConfig({
      REDIS_URL: "redis://user@cache/2",
      REDIS_PASSWORD: password,
    }).redisUrl;
    const { username, password: escaped, host, pathname } = new URL(url ?? "");
    expect(decodeURIComponent(escaped)).toBe(password);
    expect([username, host, pathname]).toEqual(["user", "cache", "/2"]);
  });

  test.each(["redis://:a@cache", "redis://cache?password=a", undefined])(
    "ignores REDIS_PASSWORD with %s",
    (url) => {
      expect(readConfig({ REDIS_URL: url, REDIS_PASSWORD: "b" }).redisUrl).toBe(url);
    },
  );

  test("prefers DATABASE_URL to its parts", () => {
    const url = "postgresql://a:b@db.example:5433/c?sslmode=require";
    const env = { DATABASE_URL: url, PG_HOST: "other", POSTGRES_PASSWORD: "x", PG_PORT: "1" };
    expect(readConfig(env).databaseUrl).toBe(url);
  });

  test("builds a database URL from any of its parts", () => {
    expect(databaseOf({ PG_HOST: "db.example" })).toEqual({
      protocol: "postgres:",
      host: "db.example",
      port: "5432",
      user: "postgres",
      password: "",
      database: "postgres",
    });
    expect(databaseOf({ POSTGRES_USER: "analytics", PG_PORT: "5433" })).toMatchObject({
      host: "localhost",
      port: "5433",
      user: "analytics",
      database: "analytics",
    });
  });

  test("keeps any characters of user, password, database", () => {
    const text = fc.oneof(
      fc.constantFrom("p@ss:w/o?r#d%41 '\"\\", "ü€😀", "a&b=c+d", "[::1]", "%", "/"),
      fc.string({ unit: "binary", minLength: 1 }).filter((value) => value.trim() !== ""),
    );
    fc.assert(
      fc.property(text, text, text, (user, password, database) => {
        const env = {
          PG_HOST: "db",
          POSTGRES_USER: user,
          POSTGRES_PASSWORD: password,
          POSTGRES_DB: database,
        };
        expect(databaseOf(env)).toMatchObject({ host: "db", user, password, database });
      }),
    );
  });

  test("accepts an IPv6 address as PG_HOST", () => {
    expect(databaseOf({ PG_HOST: "::1" })).toMatchObject({ host: "[::1]", port: "5432" });
  });

  for (const host of ["db:5433", "user@db", "db/other", "db name", "db?x", "postgres://db"]) {
    test(`refuses ${host} as PG_HOST`, () => {
      const problems = problemsOf({ PG_HOST: host });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toStartWith("Expected PG_HOST to be ");
    });
  }

  test("never reports a password", () => {
    const problems = problemsOf({
      REDIS_URL: "http://user:redis-secret@cache",
      DATABASE_URL: "user:database-secret@db",
      POSTGRES_PASSWORD: "part-secret",
      PG_PORT: "none",
      API_PORT: "none",
    }).join("\n");
    expect(problems).toContain("API_PORT");
    expect(problems).not.toContain("secret");
  });
});
