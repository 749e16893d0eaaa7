import { describe, expect, test } from "bun:test";
import { settingsFrom } from "../../src/cli/config/settings.ts";
import { VARIABLES_BY_NAME } from "../../src/config/variables.ts";
import { runQueueflow } from "./run-queueflow.ts";

interface ShownSetting {
  readonly name: string;
  readonly value: string | null;
  readonly unit: string;
  readonly from: string;
}

/** Runs `queueflow config --json`. */
async function config(env: Readonly<Record<string, string>>) {
  const { stdout, stderr, exitCode } = await runQueueflow(["config", "--json"], { env });
  const { settings, mistyped } = JSON.parse(stdout) as {
    settings: readonly ShownSetting[];
    mistyped: unknown;
  };
  const setting = (name: string) => {
    const { value, from } = settings.find((one) => one.name === name) ?? {};
    return [value, from];
  };
  return { settings, setting, mistyped, stdout, stderr, exitCode };
}

describe("queueflow config", () => {
  test("shows each variable once, with unit and default", async () => {
    const { settings, setting, stderr, exitCode } = await config({});
    expect(settings.map(({ name }) => name)).toEqual(VARIABLES_BY_NAME.map(([name]) => name));
    expect(setting("API_PORT")).toEqual(["3000", "default"]);
    expect(setting("INGEST_WORKERS")[0]).toMatch(/^\d$/);
    expect(setting("INGEST_WORKERS")[1]).toBe("default: half the cores, up to 8");
    expect(setting("REDIS_URL")).toEqual([null, "embedded server, not running"]);
    expect(settings.find(({ name }) => name === "CLAIM_IDLE_MS")?.unit).toBe("ms");
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  });

  test("shows which parts of the database address are used", async () => {
    const parts = await config({ PG_HOST: "db", POSTGRES_PASSWORD: "geheim" });
    expect(parts.setting("DATABASE_URL")[0]).toBeNull();
    expect(parts.setting("DATABASE_URL")[1]).toStartWith("composed from PG_HOST");
    expect(parts.setting("PG_HOST")).toEqual(["db", "environment"]);
    expect(parts.setting("PG_PORT")).toEqual(["5432", "default"]);
    const whole = await config({ PG_HOST: "db", DATABASE_URL: "postgres://a@b/c" });
    expect(whole.setting("PG_HOST")).toEqual(["db", "environment, not used"]);
    expect(whole.setting("PG_PORT")).toEqual([null, "not used"]);
  });

  test.each([
    [{}, "127.0.0.1"],
    [{ REDIS_URL: "redis://cache" }, "0.0.0.0"],
    [{ POSTGRES_DB: "events" }, "0.0.0.0"],
  ] as [Record<string, string>, string][])(
    "shows where an engine with %j listens",
    async (env, host) => {
      expect((await config(env)).setting("API_HOST")).toEqual([host, "default"]);
    },
  );

  test("shows whether REDIS_PASSWORD is used", async () => {
    const REDIS_PASSWORD = "geheim";
    for (const REDIS_URL of ["", "redis://:other@cache", "redis://cache?password=other"]) {
      const { setting } = await config({ REDIS_URL, REDIS_PASSWORD });
      expect(setting("REDIS_PASSWORD")).toEqual(["***", "environment, not used"]);
    }
    const used = await config({ REDIS_URL: "redis://cache", REDIS_PASSWORD });
    expect(used.setting("REDIS_PASSWORD")).toEqual(["***", "environment"]);
  });

  test.each([
    { REDIS_URL: "redis://user:geheim@cache:6379/2" },
    { REDIS_URL: "redis://cache?password=geheim" },
    { REDIS_URL: "user:geheim@cache" },
    { REDIS_URL: "redis://:ge#heim geheim@cache" },
    { DATABASE_URL: "postgres://user:12/geheim@db/events" },
    { DATABASE_URL: "postgres://user:12?geheim@db/events" },
    { DATABASE_URL: "postgres://user:geheim%40x@db/events?sslpassword=geheim" },
    { REDIS_URL: "unix://user:geheim@/run/redis.sock" },
    { DATABASE_URL: "postgres://user:geheim@/events?host=/run" },
    { DATABASE_URL: "postgres://user:geheim@/events?host=run" },
    { SMTP_URL: "smtp://user:geheim@mail.example:587" },
    { SMTP_URL: "smtp://user:12/geheim@mail.example" },
    { SMTP_URL: "smtp://user:12?geheim@mail.example" },
    { SMTP_URL: "smtps://user:%zzgeheim@mail.example" },
    { POSTGRES_PASSWORD: "geheim" },
    { REDIS_URI: "redis://:geheim@cache", POSTGRES_PASWORD: "geheim" },
  ] as Record<string, string>[])("shows no secret of %j", async (env) => {
    const json = await config(env);
    const text = await runQueueflow(["config"], { env });
    for (const shown of [json.stdout, json.stderr, text.stdout, text.stderr]) {
      expect(shown).not.toContain("geheim");
    }
  });

  test("lists mistyped variables", async () => {
    const env = { INGEST_WORKER: "3", REDIS_PORT: "tcp://10.0.0.1:6379" };
    expect((await config(env)).mistyped).toEqual([
      { name: "INGEST_WORKER", meant: "INGEST_WORKERS" },
    ]);
    const { stdout } = await runQueueflow(["config"], { env });
    expect(stdout).toEndWith("INGEST_WORKER is set but not read: did you mean INGEST_WORKERS?\n");
    expect(stdout).toMatch(/^CLAIM_IDLE_MS +30000 ms +default$/m);
  });

  test("shows everything and exits with 2 when a value is invalid", async () => {
    const { setting, stderr, exitCode } = await config({ API_PORT: "http", LOG_LEVEL: "loud" });
    expect(setting("API_PORT")).toEqual(["http", "environment"]);
    expect(stderr).toContain("queueflow: Expected API_PORT to be an integer");
    expect(stderr).toContain("Expected LOG_LEVEL to be one of");
    expect(exitCode).toBe(2);
  });
});

test("config shows embedded servers without their passwords", () => {
  const embedded = {
    redisUrl: "unix:///data/redis.sock?password=geheim",
    databaseUrl: "postgres://queueflow:geheim@%2Fdata:5432/queueflow",
  };
  const settings = settingsFrom({ env: {}, originOf: () => "environment", embedded });
  const shown = settings.filter(({ name }) => name.endsWith("_URL"));
  expect(shown.map(({ value, from }) => [value, from])).toEqual([
    ["unix:///data/redis.sock?password=***", "embedded server"],
    ["postgres://queueflow:***@%2Fdata:5432/queueflow", "embedded server"],
    [null, "default: none"],
  ]);
});
