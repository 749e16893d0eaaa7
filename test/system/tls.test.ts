import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Servers } from "../../src/cli/servers.ts";
import { errorText } from "../../src/errors.ts";
import { Database } from "../../src/store/database.ts";
import { remedyFor } from "../../src/store/remedy.ts";
import { readStats, sendEvent } from "../support/api-client.ts";
import { startEngine } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleBody } from "../support/sample-event.ts";
import { ownPostgres, ownRedis, SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { TLS } from "../support/tls-files.ts";
import { enableRedisTls, requirePostgresTls } from "../support/tls-servers.ts";

const servers = new AsyncDisposableStack();
const urls = { redis: "", redisTls: "", postgresTls: "", postgresPlain: "" };

beforeAll(async () => {
  urls.redis = servers.use(await ownRedis()).redisUrl;
  urls.redisTls = await enableRedisTls(urls.redis);
  urls.postgresTls = await requirePostgresTls(servers.use(await ownPostgres()).databaseUrl);
  urls.postgresPlain = servers.use(await ownPostgres()).databaseUrl;
}, 2 * SERVERS_START_TIMEOUT_MS);
afterAll(async () => await servers.disposeAsync(), 60_000);

test("stores an event over TLS on both servers", async () => {
  await using engine = await startEngine({
    env: {
      REDIS_URL: urls.redisTls,
      DATABASE_URL: postgres({ sslmode: "verify-full", sslrootcert: TLS.ca }),
      NODE_EXTRA_CA_CERTS: TLS.ca,
    },
  });
  expect((await sendEvent(engine, sampleBody())).status).toBe(202);
  await eventually(async () => {
    const { body } = await readStats(engine, { site_id: "example.com", date: "2026-01-15" });
    expect(body["total_views"]).toBe(1);
  });
});

describe("PostgreSQL over TLS", () => {
  test.each([
    ["require", {}],
    ["prefer", {}],
    ["allow", {}],
    ["verify-ca", { sslrootcert: TLS.ca }],
    ["verify-full", { sslrootcert: TLS.ca }],
    ["require", { sslrootcert: TLS.ca }],
  ])("connects with sslmode=%s and %j", async (sslmode, words) => {
    expect(await isEncrypted(postgres({ sslmode, ...words }))).toBe(true);
  });

  test.each([
    ["127.0.0.1", { sslmode: "verify-ca", sslrootcert: TLS.ca }],
    ["127.0.0.1", { sslmode: "require", sslrootcert: TLS.ca }],
  ])("ignores the name of %s with %j", async (host, words) => {
    expect(await isEncrypted(postgres(words, host))).toBe(true);
  });

  const otherCa = { sslrootcert: TLS.otherCa };
  const untrusted = [/certificate/, /sslrootcert/] as const;
  const plain = [/no encryption/, /sslmode/] as const;
  test.each([
    ["an unknown CA", "localhost", { sslmode: "verify-full" }, ...untrusted],
    ["the system's CAs", "localhost", { sslrootcert: "system" }, ...untrusted],
    ["another CA", "localhost", { sslmode: "verify-full", ...otherCa }, ...untrusted],
    ["another CA, verify-ca", "localhost", { sslmode: "verify-ca", ...otherCa }, ...untrusted],
    ["another CA, require", "localhost", { sslmode: "require", ...otherCa }, ...untrusted],
    [
      "another name",
      "127.0.0.1",
      { sslmode: "verify-full", sslrootcert: TLS.ca },
      /altnames/,
      /host name/,
    ],
    ["plain text", "localhost", {}, ...plain],
    ["plain text, by name", "localhost", { sslmode: "disable" }, ...plain],
  ])("refuses %s", async (_, host, words, why, remedy) => {
    const error = await rejectionOf(isEncrypted(postgres(words, host)));
    expect(errorText(error)).toMatch(why);
    expect(remedyFor(error)).toMatch(remedy);
  });

  test("reports a server without TLS", async () => {
    const url = `${urls.postgresPlain}?sslmode=require`;
    expect(errorText(await rejectionOf(isEncrypted(url)))).toContain("does not offer TLS");
    expect(await isEncrypted(`${urls.postgresPlain}?sslmode=prefer`)).toBe(false);
  });
});

describe("Redis over TLS", () => {
  test("names the fix when rediss:// leads to a plain port", async () => {
    const error = await redisFailure(urls.redis.replace("redis:", "rediss:"));
    expect(errorText(error)).toEndWith("it does not speak TLS: use redis:// in REDIS_URL");
  });

  test("names the fix when redis:// leads to a TLS port", async () => {
    const error = await redisFailure(urls.redisTls.replace("rediss:", "redis:"));
    expect(errorText(error)).toEndWith("it expects TLS: use rediss:// in REDIS_URL");
  });

  test("refuses a certificate of an unknown CA", async () => {
    expect(errorText(await redisFailure(urls.redisTls))).toContain("certificate");
  });
});

async function redisFailure(url: string): Promise<unknown> {
  const commandServers = new Servers({ env: { REDIS_URL: url }, folder: "." });
  try {
    return await rejectionOf(commandServers.redis());
  } finally {
    await commandServers.close();
  }
}

function postgres(words: Readonly<Record<string, string>>, host = "localhost"): string {
  const url = new URL(urls.postgresTls);
  url.hostname = host;
  url.search = new URLSearchParams(words).toString();
  return url.href;
}

async function isEncrypted(url: string): Promise<unknown> {
  const database = new Database({ url, connectionsMax: 1 });
  try {
    return await database.query(5_000, async (sql) => {
      const [row] = await sql`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;
      return row?.["ssl"];
    });
  } finally {
    await database.close(1_000);
  }
}
