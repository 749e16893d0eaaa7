import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type AppParts, buildApp } from "../../src/http/app.ts";
import { PATHS } from "../../src/metrics/routes.ts";
import { type AccessKeys, openAccessKeys } from "../support/access-keys.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { type EngineServers, openEngineServers } from "../support/engine-servers.ts";
import { sendRaw } from "../support/raw-http.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { testPort } from "../support/test-port.ts";
import { type Access, expectedOutcome, type Outcome } from "./expected-outcome.ts";
import { type PresentedKey, presentKeys } from "./presented-keys.ts";
import { ROUTE_ROWS, type RouteRow } from "./route-rows.ts";

const TIMEOUT_MS = 120_000;
/** Errors that decide who may do what; with any other response the request has passed. */
const REFUSALS =
  /^(?:key_(?:required|malformed|unknown|revoked|expired)|wrong_(?:kind|site)|access_unknown)$/;
const SMALL = { INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" };

let servers: EngineServers;
let emptyServers: EngineServers;
let keys: AccessKeys;
let presented: readonly PresentedKey[];
const engines = new Map<string, Engine>();

interface Mode {
  readonly name: string;
  readonly access: Access;
  readonly env: () => Readonly<Record<string, string>>;
}

const MODES: readonly Mode[] = [
  { name: "keys exist", access: "keys", env: () => servers.env },
  { name: "ACCESS=keys", access: "keys", env: () => ({ ...servers.env, ACCESS: "keys" }) },
  { name: "ACCESS=open", access: "open", env: () => ({ ...servers.env, ACCESS: "open" }) },
  { name: "no keys exist", access: "no keys", env: () => emptyServers.env },
  {
    name: "nothing is known yet",
    access: "unknown",
    // Without PostgreSQL nobody writes the copy in Redis.
    env: () => ({
      ...servers.env,
      REDIS_STREAM: `${servers.key.stream}_new`,
      DATABASE_URL: `postgres://127.0.0.1:${testPort()}/none`,
    }),
  },
];

beforeAll(async () => {
  servers = await openEngineServers({ database: "migrated" });
  emptyServers = await openEngineServers({ database: "migrated" });
  keys = openAccessKeys(servers);
  presented = await presentKeys(keys);
  for (const { name, env } of MODES) {
    engines.set(name, await startEngine({ env: { ...SMALL, ...env() } }));
  }
}, SERVERS_START_TIMEOUT_MS);

afterAll(async () => {
  for (const engine of engines.values()) await engine[Symbol.asyncDispose]();
  await keys[Symbol.asyncDispose]();
  await servers[Symbol.asyncDispose]();
  await emptyServers[Symbol.asyncDispose]();
}, 60_000);

test("every route has a row", () => {
  // Building the routes reads no part.
  const { routes } = buildApp({} as AppParts, "whole");
  const served = routes
    .filter(({ path }) => !/\.(?:js|css)$/.test(path))
    .map(({ method, path }) => `${method} ${path}`);
  const rows = ROUTE_ROWS.map(({ method, path }) => `${method} ${path}`);
  expect(rows.toSorted()).toEqual(served.toSorted());
  expect([...new Set(ROUTE_ROWS.map(({ path }) => path))].toSorted()).toEqual(PATHS.toSorted());
});

for (const { name, access } of MODES) {
  describe(`while ${name}`, () => {
    for (const row of ROUTE_ROWS) {
      test(
        `${row.method} ${row.path} asks for what it should`,
        async () => {
          const engine = engineOf(name);
          const cases = presented.map((given) => ({
            given,
            expected: expectedOutcome(row, given, access),
          }));
          const tried = row.isDestructive === true ? cases.filter(isRefusal) : cases;
          const outcomes = await Promise.all(
            tried.map(async ({ given }) => [given.name, await outcomeOf(engine, row, given)]),
          );
          expect(outcomes).toEqual(tried.map(({ given, expected }) => [given.name, expected]));
        },
        TIMEOUT_MS,
      );
    }
  });
}

describe("while keys exist, no key", () => {
  const closed = ROUTE_ROWS.filter(({ rule }) => rule !== "asks nothing" && rule !== "health");

  for (const row of closed) {
    test(`reaches ${row.method} ${row.path} by another spelling`, async () => {
      const { port } = engineOf("keys exist");
      const body = row.body === undefined ? "" : JSON.stringify(row.body);
      for (const [how, target] of spellingsOf(row.path)) {
        const text = `${row.method} ${target}${row.query ?? ""} HTTP/1.1\r\nHost: localhost\r\nX-HTTP-Method-Override: ${row.method}\r\nX-Original-URL: ${row.path}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
        const { status } = await sendRaw(port, text);
        expect([how, [400, 401, 404, 405].includes(status), status]).toEqual([how, true, status]);
      }
    });
  }

  for (const row of closed.filter(({ method }) => method === "GET")) {
    test(`reaches HEAD ${row.path}`, async () => {
      const { url } = engineOf("keys exist");
      const ask = async (method: string, headers: Readonly<Record<string, string>>) =>
        (await fetch(`${url}${row.path}${row.query ?? ""}`, { method, headers })).status;
      for (const { name, headers } of presented) {
        expect([name, await ask("HEAD", headers)]).toEqual([name, await ask("GET", headers)]);
      }
    });
  }
});

test("no key is in Redis, PostgreSQL, the log or the process", async () => {
  const secrets = presented.flatMap(({ secret }) => secret ?? []);
  expect(secrets.length).toBeGreaterThan(20);
  const places = [
    ["Redis", await textOfRedis(servers)],
    ["PostgreSQL", await textOfDatabase(servers)],
    ...[...engines].map(([name, { pid, output }]) => [
      `the engine while ${name}`,
      [
        JSON.stringify(output.records),
        output.strayLines.join("\n"),
        output.errors,
        readFileSync(`/proc/${pid}/cmdline`, "utf8"),
      ].join("\n"),
    ]),
  ];
  for (const [place = "", text = ""] of places) {
    expect([place, text.length > 100]).toEqual([place, true]);
    expect([place, secrets.filter((secret) => text.includes(secret))]).toEqual([place, []]);
  }
});

function spellingsOf(path: string): readonly (readonly [how: string, target: string])[] {
  const encoded = `/%${path.charCodeAt(1).toString(16)}${path.slice(2)}`;
  return [
    ["as it is", path],
    ["a slash at the end", `${path}/`],
    ["two slashes", `/${path}`],
    ["upper case", path.toUpperCase()],
    ["an encoded letter", encoded],
    ["an encoded slash", `/%2f${path.slice(1)}`],
    ["a parameter of the path", `${path};x=y`],
    ["a NUL", `${path}%00`],
    ["a dot", `/.${path}`],
    ["a folder above", `/health/live/../..${path}`],
    ["an encoded folder above", `/health/live/%2e%2e/%2e%2e${path}`],
    ["a backslash", `/\\${path.slice(1)}`],
    ["an absolute target", `http://localhost${path}`],
    ["a user in the target", `http://admin@localhost${path}`],
    ["another scheme", `ftp://localhost${path}`],
  ];
}

async function textOfRedis({ redis, key }: EngineServers): Promise<string> {
  const names = await redis.keys(`${key.stream}*`);
  const values = await Promise.all(
    names.map(async (name) => {
      const isStream = (await redis.type(name)) === "stream";
      return isStream ? await redis.xrange(name, "-", "+") : await redis.hgetall(name);
    }),
  );
  return JSON.stringify([names, values]);
}

async function textOfDatabase({ sql }: EngineServers): Promise<string> {
  const tables = await sql`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`;
  const texts = await Promise.all(
    tables.map(async ({ tablename }) => {
      const table = sql(String(tablename));
      return JSON.stringify(await sql`SELECT ${table}::text AS row FROM ${table}`);
    }),
  );
  return texts.join("\n");
}

function isRefusal({ expected }: { readonly expected: Outcome }): boolean {
  return REFUSALS.test(expected);
}

function engineOf(name: string): Engine {
  const engine = engines.get(name);
  if (engine === undefined) throw new Error(`No engine runs while ${name}`);
  return engine;
}

async function outcomeOf(
  { url }: Engine,
  row: RouteRow,
  { headers }: PresentedKey,
): Promise<Outcome> {
  const response = await fetch(`${url}${row.path}${row.query ?? ""}`, {
    method: row.method,
    headers: { "Content-Type": "application/json", ...row.headers, ...headers },
    ...(row.body === undefined ? {} : { body: JSON.stringify(row.body) }),
  });
  const text = await response.text();
  const isRefused = [401, 403, 503].includes(response.status);
  const code = /"error":"(\w+)"/.exec(text)?.[1] ?? "";
  if (REFUSALS.test(code)) {
    expect([row.path, code, isRefused]).toEqual([row.path, code, true]);
    return code;
  }
  expect([row.path, text, isRefused]).toEqual([row.path, text, false]);
  return row.rule === "health" && !text.includes('"threads"') ? "brief" : "admitted";
}
