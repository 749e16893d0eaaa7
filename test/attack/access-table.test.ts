import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type AppParts, buildApp } from "../../src/http/app.ts";
import { pathNames } from "../../src/http/path-names.ts";
import { PATHS } from "../../src/paths.ts";
import { type AccessKeys, openAccessKeys } from "../support/access-keys.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { type EngineServers, openEngineServers } from "../support/engine-servers.ts";
import { sendRaw } from "../support/raw-http.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { testPort } from "../support/test-port.ts";
import {
  type Access,
  expectedOutcome,
  isServed,
  type Listener,
  type Outcome,
} from "./expected-outcome.ts";
import { type PresentedKey, presentKeys } from "./presented-keys.ts";
import { ROUTE_ROWS, type RouteRow } from "./route-rows.ts";

const TIMEOUT_MS = 120_000;
/** Errors that decide who may do what; with any other response the request has passed. */
const REFUSALS =
  /^(?:key_(?:required|malformed|unknown|revoked|expired)|wrong_(?:kind|site)|access_unknown|link_unknown|not_found)$/;
const SMALL = { INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" };
const NAMES = pathNames({ collectPath: "/collect", scriptPath: "/script.js" });

let servers: EngineServers;
let emptyServers: EngineServers;
let keys: AccessKeys;
let presented: readonly PresentedKey[];
/** One engine has two listeners. */
const OPERATED = "operators have a listener of their own";
const operatePort = String(testPort());
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
    name: OPERATED,
    access: "keys",
    env: () => ({ ...servers.env, OPERATE_PORT: operatePort }),
  },
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

interface Tried extends Pick<Mode, "name" | "access"> {
  readonly listener: Listener;
  readonly url: () => string;
}

const TRIED: readonly Tried[] = [
  ...MODES.map(
    ({ name, access }): Tried => ({
      name,
      access,
      listener: name === OPERATED ? "public" : "whole",
      url: () => engineOf(name).url,
    }),
  ),
  {
    name: `${OPERATED}, on it`,
    access: "open",
    listener: "operate",
    url: () => `http://127.0.0.1:${operatePort}`,
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
  const { routes } = buildApp({ pathNames: NAMES } as AppParts, "whole");
  const named = (all: readonly { readonly method: string; readonly path: string }[]) =>
    // The script is answered before the routes; other assets have no row.
    all
      .filter(({ path }) => !/\.(?:js|css)$|^\/dashboard\//.test(path))
      .map(({ method, path }) => `${method} ${path}`);
  const served = named(routes);
  const rows = named(ROUTE_ROWS);
  expect(rows.toSorted()).toEqual(served.toSorted());
  expect([...new Set(ROUTE_ROWS.map(({ path }) => path))].toSorted()).toEqual(PATHS.toSorted());
});

for (const { name, access, listener, url } of TRIED) {
  describe(`while ${name}`, () => {
    for (const row of ROUTE_ROWS) {
      test(
        `${row.method} ${row.path} asks for what it should`,
        async () => {
          const cases = presented.map((given) => ({
            given,
            expected: isServed(row.path, listener)
              ? expectedOutcome(row, given, access)
              : "not_found",
          }));
          const tried = row.isDestructive === true ? cases.filter(isRefusal) : cases;
          const outcomes = await Promise.all(
            tried.map(async ({ given }) => [given.name, await outcomeOf(url(), row, given)]),
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
      await expectUnreached(engineOf("keys exist").port, row, spellingsOf(row.path));
    });
  }

  for (const row of closed.filter(({ method }) => method === "GET")) {
    test(`reaches HEAD ${row.path}`, async () => {
      const { url } = engineOf("keys exist");
      const ask = async (method: string, headers: Readonly<Record<string, string>>) => {
        const response = await fetch(`${url}${row.path}${row.query ?? ""}`, { method, headers });
        await bodyOf(response);
        return response.status;
      };
      for (const { name, headers } of presented) {
        expect([name, await ask("HEAD", headers)]).toEqual([name, await ask("GET", headers)]);
      }
    });
  }
});

describe(`while ${OPERATED}, a stranger on it`, () => {
  const missing = ROUTE_ROWS.filter(({ path }) => !isServed(path, "operate"));
  for (const row of missing) {
    test(`does not reach ${row.method} ${row.path} by another spelling`, async () => {
      const below = ["/swagger/..", "/swagger/%2e%2e", "/swagger/x/../.."];
      await expectUnreached(Number(operatePort), row, [
        ...spellingsOf(row.path),
        ...below.map((folder) => `${folder}${row.path}`),
      ]);
    });
  }
});

test("no key is in Redis, PostgreSQL, the log or the process", async () => {
  const texts = presented.flatMap(({ secret }) => secret ?? []);
  expect(texts.length).toBeGreaterThan(20);
  // PostgreSQL shows bytes as hexadecimal digits.
  const secrets = [...texts, ...texts.map((text) => Buffer.from(text).toString("hex"))];
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

/** Asserts that a request without a key does nothing, whatever its target. */
async function expectUnreached(
  port: number,
  { method, path, query = "", body }: RouteRow,
  targets: readonly string[],
): Promise<void> {
  const text = body === undefined ? "" : JSON.stringify(body);
  for (const target of targets) {
    const request = `${method} ${target}${query} HTTP/1.1\r\nHost: localhost\r\nX-HTTP-Method-Override: ${method}\r\nX-Original-URL: ${path}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
    const { status } = await sendRaw(port, request);
    expect([target, [400, 401, 404, 405].includes(status), status]).toEqual([target, true, status]);
  }
}

function spellingsOf(path: string): readonly string[] {
  const rest = path.slice(1);
  return [
    path,
    `${path}/`,
    `/${path}`,
    path.toUpperCase(),
    `/%${path.charCodeAt(1).toString(16)}${path.slice(2)}`,
    `/%2f${rest}`,
    `${path};x=y`,
    `${path}%00`,
    `/.${path}`,
    `/health/live/../..${path}`,
    `/health/live/%2e%2e/%2e%2e${path}`,
    `/\\${rest}`,
    `http://localhost${path}`,
    `http://admin@localhost${path}`,
    `ftp://localhost${path}`,
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

async function outcomeOf(url: string, row: RouteRow, { headers }: PresentedKey): Promise<Outcome> {
  const response = await fetch(`${url}${row.path}${row.query ?? ""}`, {
    method: row.method,
    headers: { "Content-Type": "application/json", ...row.headers, ...headers },
    ...(row.body === undefined ? {} : { body: JSON.stringify(row.body) }),
  });
  const text = await bodyOf(response);
  const isRefused = [401, 403, 404, 503].includes(response.status);
  const ofImage = response.headers.get("x-queueflow-error");
  const code = ofImage ?? /"error":"(\w+)"/.exec(text)?.[1] ?? "";
  if (REFUSALS.test(code)) {
    expect([row.path, code, isRefused]).toEqual([row.path, code, true]);
    return code;
  }
  expect([row.path, text, isRefused]).toEqual([row.path, text, false]);
  return row.rule === "health" && !text.includes('"threads"') ? "brief" : "admitted";
}

/** A stream has no end. */
async function bodyOf(response: Response): Promise<string> {
  if (response.headers.get("content-type")?.startsWith("text/event-stream") !== true) {
    return await response.text();
  }
  await response.body?.cancel();
  return "";
}
