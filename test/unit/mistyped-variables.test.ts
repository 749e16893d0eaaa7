import { describe, expect, test } from "bun:test";
import { mistypedVariables } from "../../src/config/mistyped-variables.ts";
import { VARIABLES_BY_NAME } from "../../src/config/variables.ts";

describe("mistypedVariables", () => {
  test.each([
    ["INGEST_WORKER", "INGEST_WORKERS"],
    ["REDIS_URI", "REDIS_URL"],
    ["REDSI_URL", "REDIS_URL"],
    ["STREAM_MAX_LENGTH", "STREAM_LENGTH_MAX"],
    ["WORKERS_CONSUMER", "CONSUMER_WORKERS"],
    ["SHUTDOWN_TIMEOUT", "SHUTDOWN_TIMEOUT_MS"],
    ["SHUTDOWN_TIMEOUT_S", "SHUTDOWN_TIMEOUT_MS"],
    ["CLAIM_IDLE", "CLAIM_IDLE_MS"],
    ["POSTGRESS_PASWORD", "POSTGRES_PASSWORD"],
    ["DATABASE_URI", "DATABASE_URL"],
    ["api_port", "API_PORT"],
    ["APIPORT", "API_PORT"],
    ["LOG_LEVLE", "LOG_LEVEL"],
  ])("takes %s for %s", (name, meant) => {
    expect(mistypedVariables({ [name]: "1" })).toEqual([{ name, meant: meant as "REDIS_URL" }]);
  });

  test.each([
    "PGHOST",
    "PGPORT",
    "PGUSER",
    "PGDATABASE",
    "PGPASSWORD",
    "POSTGRES_HOST_AUTH_METHOD",
    "POSTGRES_PASSWORD_FILE",
    "REDIS_HOST",
    "REDIS_PORT",
    "REDIS_SERVICE_HOST",
    "REDIS_SERVICE_PORT",
    "REDIS_PORT_6379_TCP_ADDR",
    "POSTGRES_PORT",
    "POSTGRES_SERVICE_PORT_POSTGRES",
    "REDIS_VERSION",
    "REDIS_PASSWORD",
    "REDIS_TLS_URL",
    "APP_PORT",
    "APP_URL",
    "PORT",
    "HOST",
    "PATH",
    "LOGNAME",
    "DATABASE_POOL",
    "NODE_ENV",
    "npm_config_user_agent",
    "_",
    "",
  ])("leaves %s to other programs", (name) => {
    expect(mistypedVariables({ [name]: "redis" })).toEqual([]);
  });

  test("ignores the address of a Kubernetes service", () => {
    expect(mistypedVariables({ API_PORTS: "tcp://10.0.0.1:3000" })).toEqual([]);
  });

  test("ignores known names and empty variables", () => {
    const all = Object.fromEntries(VARIABLES_BY_NAME.map(([name]) => [name, "1"]));
    expect(mistypedVariables(all)).toEqual([]);
    expect(mistypedVariables({ REDIS_URI: "", REDIS_URL: undefined })).toEqual([]);
  });

  test("ignores a name when the intended one is set", () => {
    expect(mistypedVariables({ REDIS_URI: "a", REDIS_URL: "b" })).toEqual([]);
  });
});
