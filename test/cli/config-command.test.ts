import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { settingsInForce } from "../../src/cli/config/settings.ts";
import { VARIABLES_BY_NAME } from "../../src/config/variables.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { runQueueflow } from "./spawn-queueflow.ts";

interface ShownSetting {
  readonly name: string;
  readonly value: string | null;
  readonly unit: string;
  readonly from: string;
}

/** Runs `queueflow config --json` in a folder with these files. */
async function config(
  env: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
) {
  const cwd = temporaryFolder("config");
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const { stdout, stderr, exitCode } = await runQueueflow(["config", "--json"], { env, cwd });
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
  test("config shows every variable once with its unit and default when nothing is set", async () => {
    const { settings, setting, stderr, exitCode } = await config({});
    expect(settings.map(({ name }) => name)).toEqual(VARIABLES_BY_NAME.map(([name]) => name));
    expect(setting("API_PORT")).toEqual(["3000", "default"]);
    expect(setting("INGEST_WORKERS")[0]).toMatch(/^\d$/);
    expect(setting("INGEST_WORKERS")[1]).toBe("default: half the cores, up to 8");
    expect(setting("REDIS_URL")).toEqual([null, "embedded server, not running"]);
    expect(settings.find(({ name }) => name === "CLAIM_IDLE_MS")?.unit).toBe("ms");
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  });

  test("config says which file a value comes from, and lets the environment win", async () => {
    const { setting } = await config(
      { API_PORT: "4000", REDIS_GROUP: "" },
      {
        ".env": "API_PORT=1\nCLAIM_IDLE_MS=2000\nLOG_LEVEL=warn\nREDIS_GROUP=other\n",
        ".env.local": "export LOG_LEVEL='error'\n",
        ".env.production": "CLAIM_IDLE_MS=3000\n",
      },
    );
    expect(setting("API_PORT")).toEqual(["4000", "environment"]);
    expect(setting("CLAIM_IDLE_MS")).toEqual(["2000", ".env"]);
    expect(setting("LOG_LEVEL")).toEqual(["error", ".env.local"]);
    expect(setting("REDIS_GROUP")).toEqual(["analytics_workers", "default"]);
    const production = await config(
      { NODE_ENV: "production" },
      { ".env": "CLAIM_IDLE_MS=2000\n", ".env.production": "CLAIM_IDLE_MS=3000\n" },
    );
    expect(production.setting("CLAIM_IDLE_MS")).toEqual(["3000", ".env.production"]);
  });

  test("config says which parts of the database's address count", async () => {
    const parts = await config({ PG_HOST: "db", POSTGRES_PASSWORD: "geheim" });
    expect(parts.setting("DATABASE_URL")[0]).toBeNull();
    expect(parts.setting("DATABASE_URL")[1]).toStartWith("made of PG_HOST");
    expect(parts.setting("PG_HOST")).toEqual(["db", "environment"]);
    expect(parts.setting("PG_PORT")).toEqual(["5432", "default"]);
    const whole = await config({ PG_HOST: "db", DATABASE_URL: "postgres://a@b/c" });
    expect(whole.setting("PG_HOST")).toEqual(["db", "environment, not used"]);
    expect(whole.setting("PG_PORT")).toEqual([null, "not used"]);
  });

  test.each([
    { REDIS_URL: "redis://user:geheim@cache:6379/2" },
    { REDIS_URL: "redis://cache?password=geheim" },
    { REDIS_URL: "user:geheim@cache" },
    { REDIS_URL: "redis://:ge#heim geheim@cache" },
    { DATABASE_URL: "postgres://user:12/geheim@db/events" },
    { DATABASE_URL: "postgres://user:12?geheim@db/events" },
    { DATABASE_URL: "postgres://user:geheim%40x@db/events?sslpassword=geheim" },
    { POSTGRES_PASSWORD: "geheim" },
    { REDIS_URI: "redis://:geheim@cache", POSTGRES_PASWORD: "geheim" },
  ])("config shows no secret of %j", async (env) => {
    const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
    const json = await config(set);
    const text = await runQueueflow(["config"], { env: set, cwd: temporaryFolder("config") });
    for (const shown of [json.stdout, json.stderr, text.stdout, text.stderr]) {
      expect(shown).not.toContain("geheim");
    }
  });

  test("config points out a name that is mistyped", async () => {
    const env = { INGEST_WORKER: "3", REDIS_PORT: "tcp://10.0.0.1:6379" };
    expect((await config(env)).mistyped).toEqual([
      { name: "INGEST_WORKER", meant: "INGEST_WORKERS" },
    ]);
    const { stdout } = await runQueueflow(["config"], { env, cwd: temporaryFolder("config") });
    expect(stdout).toEndWith("INGEST_WORKER is set and not read: is INGEST_WORKERS meant?\n");
    expect(stdout).toMatch(/^CLAIM_IDLE_MS +30000 ms +default$/m);
  });

  test("config shows what there is and exits with 2 when a value is wrong", async () => {
    const { setting, stderr, exitCode } = await config({ API_PORT: "http", LOG_LEVEL: "loud" });
    expect(setting("API_PORT")).toEqual(["http", "environment"]);
    expect(stderr).toContain("queueflow: Expected API_PORT to be an integer");
    expect(stderr).toContain("Expected LOG_LEVEL to be one of");
    expect(exitCode).toBe(2);
  });
});

test("settingsInForce shows the servers that are embedded in the engine of the folder, without their passwords", () => {
  const embedded = {
    redisUrl: "redis://default:geheim@127.0.0.1:7000",
    databaseUrl: "postgres://queueflow:geheim@127.0.0.1:7001/queueflow",
  };
  const settings = settingsInForce({ env: {}, originOf: () => "environment", embedded });
  const shown = settings.filter(({ name }) => name.endsWith("_URL"));
  expect(shown.map(({ value, from }) => [value, from])).toEqual([
    ["redis://default:***@127.0.0.1:7000", "embedded server"],
    ["postgres://queueflow:***@127.0.0.1:7001/queueflow", "embedded server"],
  ]);
});
