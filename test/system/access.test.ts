import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hashKey, mintKey } from "../../src/access/key.ts";
import { listKeys } from "../../src/store/access/keys.ts";
import { moveNotedUse } from "../../src/stream/access/key-use.ts";
import { mirrorKey } from "../../src/stream/access/mirror.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { type AccessKeys, openAccessKeys, withKey } from "../support/access-keys.ts";
import { type Answer, type Api, ask, readStats } from "../support/api-client.ts";
import { startEngine } from "../support/engine.ts";
import { openEngineServers, untilMigrated, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { Scrape } from "../support/metrics-samples.ts";
import { sampleBody } from "../support/sample-event.ts";
import { openTcpProxy, throughProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 120_000;
type Headers = Readonly<Record<string, string>>;

async function post(api: Api, path: string, body: unknown, headers: Headers = {}): Promise<Answer> {
  return await ask(api, path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** Returns an event of a site with a new id. */
function eventOf(siteId: string | undefined, more: Readonly<Record<string, unknown>> = {}) {
  return sampleBody({ site_id: siteId, event_id: Bun.randomUUIDv7(), ...more });
}

/** Sends an event and returns the error, or `accepted`. */
async function send(api: Api, siteId: string | undefined, headers: Headers = {}): Promise<string> {
  const { body } = await post(api, "/event", eventOf(siteId), headers);
  return String(body["error"] ?? body["status"]);
}

let keys: AccessKeys;
// Before the engine's, which drops the database.
afterAll(async () => await keys[Symbol.asyncDispose]());
const here = useEngine({ INGEST_WORKERS: "2" });
beforeAll(() => {
  keys = openAccessKeys(here.servers);
});

/** Waits until both threads answer so. */
async function untilBoth(code: string, attempt: () => Promise<string>): Promise<void> {
  await eventually(async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, attempt));
    expect(answers.filter((answer) => answer !== code)).toEqual([]);
  });
}

describe("a write key", () => {
  test("closes its site, and only that", async () => {
    const { engine } = here;
    expect(await send(engine, "closing.example")).toBe("accepted");
    const key = await keys.create("write", "closing.example");
    await untilBoth("key_required", async () => await send(engine, "closing.example"));
    expect(await send(engine, "open.example")).toBe("accepted");
    expect(await send(engine, "closing.example", withKey(key))).toBe("accepted");
    expect((await post(engine, "/event", eventOf("closing.example"))).status).toBe(401);
  });

  test("names the site of events that name none", async () => {
    const { engine, servers } = here;
    const key = await keys.create("write", "own.example");
    // Without an event, a key in force gets no further than the body.
    await untilBoth("422", async () =>
      String((await post(engine, "/event", {}, withKey(key))).status),
    );
    expect(await send(engine, undefined, withKey(key))).toBe("accepted");
    const batch = await post(engine, "/events", [eventOf(undefined)], { "X-Write-Key": key.text });
    expect(batch.status).toBe(202);
    const byQuery = await post(engine, `/event?key=${key.text}`, eventOf(undefined));
    expect(byQuery.status).toBe(202);
    await eventually(async () => {
      const rows = await servers.sql`SELECT FROM events WHERE site_id = 'own.example'`;
      expect(rows.length).toBe(3);
    });
    const without = await post(engine, "/event", eventOf(undefined));
    expect(without.body).toMatchObject({ error: "invalid_field", fields: expect.anything() });
  });

  test("is refused once it is revoked, in each thread", async () => {
    const { engine } = here;
    const key = await keys.create("write", "revoked.example");
    const attempt = async () => await send(engine, "revoked.example", withKey(key));
    await untilBoth("accepted", attempt);
    await keys.revoke(key);
    await untilBoth("key_revoked", attempt);
    expect(await send(engine, "revoked.example")).toBe("key_required");
    const { status, headers } = await post(engine, "/event", {}, withKey(key));
    expect([status, headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="queueflow"']);
  });

  test("is noted when used, by the hour", async () => {
    const { engine, servers } = here;
    const key = await keys.create("write", "used.example");
    await eventually(async () =>
      expect(await send(engine, "used.example", withKey(key))).toBe("accepted"),
    );
    const { database, stream } = keys.servers;
    const hours = new Map<string, string>();
    await eventually(async () => {
      await moveNotedUse(servers.redis, stream, async (noted) => {
        for (const [keyId, hour] of noted) hours.set(keyId, hour);
      });
      const stored = (await listKeys(database)).find(({ keyId }) => keyId === key.keyId);
      expect(hours.get(key.keyId) ?? stored?.lastUsedAt).toEndWith(":00:00.000Z");
    }, 30_000);
  });
});

describe("a request", () => {
  test.each(["write", "browser", "read", "admin"] as const)(
    "with a %s key that does not exist is refused",
    async (kind) => {
      const { text } = mintKey(kind);
      expect(await send(here.engine, "open.example", withKey({ text }))).toBe("key_unknown");
      const mistyped = { Authorization: `Bearer ${text}x` };
      expect(await send(here.engine, "open.example", mistyped)).toBe("key_malformed");
      const read = await ask(here.engine, "/stats?site_id=a", { headers: mistyped });
      expect(read.body["error"]).toBe("key_malformed");
    },
  );

  test("with a hash instead of the key is refused", async () => {
    const key = await keys.create("write", "hash.example");
    const text = hashKey(key.text);
    const refused = async () => await send(here.engine, "hash.example", withKey({ text }));
    await untilBoth("key_required", refused);
  });

  test("with the credentials of a proxy counts as one without a key", async () => {
    const headers = { Authorization: "Basic cHJveHk6c2VjcmV0" };
    expect(await send(here.engine, "open.example", headers)).toBe("accepted");
  });
});

describe("a batch", () => {
  test("keeps what its key may send", async () => {
    const { engine } = here;
    const key = await keys.create("write", "batch.example");
    const headers = withKey(key);
    await untilBoth("accepted", async () => await send(engine, "batch.example", headers));
    const events = [eventOf("batch.example"), eventOf("open.example"), eventOf(undefined)];
    const { status, body } = await post(engine, "/events", events, headers);
    expect([status, body["accepted"], body["refused"]]).toEqual([202, 2, 1]);
    expect(body["errors"]).toEqual([
      { index: 1, error: "wrong_site", message: expect.stringContaining("open.example") },
    ]);
  });

  test("of which nothing is allowed gets that status", async () => {
    const { engine } = here;
    const key = await keys.create("write", "whole.example");
    await untilBoth("key_required", async () => await send(engine, "whole.example"));
    const closed = [eventOf("whole.example"), eventOf("whole.example")];
    const without = await post(engine, "/events", closed);
    expect([without.status, without.body["error"]]).toEqual([401, "key_required"]);
    const others = [eventOf("open.example")];
    const wrong = await post(engine, "/events", others, withKey(key));
    expect([wrong.status, wrong.body["error"]]).toEqual([403, "wrong_site"]);
    const mixed = await post(engine, "/events", [...closed, { site_id: "whole.example" }]);
    expect([mixed.status, mixed.body["error"]]).toEqual([422, "invalid_field"]);
  });
});

test("a site's rules refuse events, counted by rule", async () => {
  const { engine } = here;
  const siteId = "rules.example";
  await keys.addSite(siteId, {
    origins: ["https://rules.example"],
    hostnames: ["rules.example"],
    excludedNetworks: ["127.0.0.0/8"],
    excludedPaths: ["/admin/**"],
    excludedCountries: ["AQ"],
  });
  const attempt = async (more: Readonly<Record<string, unknown>>, headers: Headers = {}) => {
    const { status, body } = await post(engine, "/event", eventOf(siteId, more), headers);
    return `${status} ${String(body["error"])}`;
  };
  await untilBoth("403 excluded", async () => await attempt({ path: "/admin/users" }));
  expect(await attempt({ hostname: "other.example" })).toBe("403 excluded");
  expect(await attempt({ country: "AQ" })).toBe("403 excluded");
  expect(await attempt({})).toBe("403 excluded");
  expect(await attempt({}, { Origin: "https://evil.example" })).toBe("403 wrong_origin");
  await eventually(async () => {
    const scrape = new Scrape(await (await fetch(`${engine.url}/metrics`)).text());
    const counted = (reason: string) =>
      scrape.value("queueflow_events_refused_total", { reason }) ?? 0;
    for (const reason of ["hostname", "country", "address"]) {
      expect(counted(`excluded_${reason}`), reason).toBe(1);
    }
    expect(counted("excluded_path")).toBeGreaterThanOrEqual(8);
    expect(counted("wrong_origin")).toBe(1);
  });
});

describe("once a read key exists", () => {
  const query = { site_id: "read.example", date: "2026-01-15" };
  const statsWith = async (headers: Headers, path = "/stats?site_id=read.example") =>
    (await ask(here.engine, path, { headers })).status;

  test("reads need one", async () => {
    const { engine } = here;
    // First, since nothing else shows that both threads know it.
    const write = await keys.create("write", "read.example");
    const [ofSite, ofAll] = [
      await keys.create("read", "read.example"),
      await keys.create("read"),
    ] as const;
    // The last, so that the others are known as well.
    await untilBoth("200", async () => String(await statsWith(withKey(ofAll))));
    expect((await readStats(engine, query)).status).toBe(401);
    expect(await statsWith(withKey(ofSite))).toBe(200);
    expect(await statsWith(withKey(write))).toBe(403);
    expect(await statsWith(withKey(ofSite), "/stats?site_id=other.example")).toBe(403);
    expect(await statsWith({}, `/stats?site_id=read.example&key=${ofSite.text}`)).toBe(422);
    const metrics = async (headers: Headers) =>
      (await fetch(`${engine.url}/metrics`, { headers })).status;
    const statuses = [{}, withKey(write), withKey(ofSite), withKey(ofAll)].map(metrics);
    expect(await Promise.all(statuses)).toEqual([401, 403, 403, 200]);
  });

  test("the health tells others its status only", async () => {
    const { engine } = here;
    const key = await keys.create("read", "read.example");
    await untilBoth("401", async () => String((await readStats(engine, query)).status));
    expect((await ask(engine, "/health")).body).toEqual({ status: "ok" });
    await eventually(async () =>
      expect((await ask(engine, "/health", { headers: withKey(key) })).body).toHaveProperty(
        "consumers",
      ),
    );
    expect((await ask(engine, "/health/ready")).body).toEqual({ status: "ready" });
    expect((await fetch(`${engine.url}/swagger`)).status).toBe(200);
    const home = await fetch(engine.url, { headers: { Accept: "text/html" } });
    const page = await home.text();
    expect(page).toContain("Accepting events");
    expect(page).not.toContain("to be stored");
  });

  test("commands on the machine still work", async () => {
    const { engine, servers } = here;
    const env = { ...servers.env, API_PORT: String(engine.port) };
    await untilBoth("401", async () => String((await readStats(engine, query)).status));
    const health = await runQueueflow(["health"], { env });
    expect([health.exitCode, health.stdout]).toEqual([0, "ready\n"]);
    const status = await runQueueflow(["status", "--json"], { env });
    expect(JSON.parse(status.stdout)).toMatchObject({ engine: { state: "ok", error: null } });
    const doctor = await runQueueflow(["doctor"], { env });
    expect(doctor.stdout).not.toContain("another program");
  });
});

// Closes reading, so it comes after what reads without a key.
describe("an admin key", () => {
  test("sends events with internal fields, which no other key does", async () => {
    const { engine, servers } = here;
    const siteId = "imported.example";
    const [admin, write] = [await keys.create("admin", siteId), await keys.create("write", siteId)];
    // The last, so that the other one is known as well.
    await untilBoth("accepted", async () => await send(engine, siteId, withKey(write)));
    const sent = eventOf(siteId, { visitor: "daily" });
    const imported = await post(engine, "/event", sent, withKey(admin));
    expect(imported.body["ignored"]).toBeUndefined();
    const refused = await post(
      engine,
      "/event",
      eventOf(siteId, { visitor: "daily" }),
      withKey(write),
    );
    expect(refused.body["ignored"]).toEqual(["visitor"]);
    expect(await send(engine, "other.example", withKey(admin))).toBe("wrong_site");
    await eventually(async () => {
      const daily =
        await servers.sql`SELECT event_id::text AS id FROM events WHERE visitor = 'daily'`;
      expect(daily.map(({ id }) => String(id))).toEqual([sent.event_id]);
    });
  });
});

describe("without PostgreSQL", () => {
  test(
    "a start goes on with the keys that Redis has",
    async () => {
      await using servers = await openEngineServers();
      await using proxy = openTcpProxy(servers.env["DATABASE_URL"] ?? "");
      const url = throughProxy(servers.env["DATABASE_URL"] ?? "", proxy);
      const env = { ...servers.env, DATABASE_URL: url };
      await using access = openAccessKeys(servers);
      let key: Awaited<ReturnType<AccessKeys["create"]>>;
      {
        await using first = await startEngine({ env });
        await untilMigrated(first);
        expect(await send(first, "shop.example")).toBe("accepted");
        key = await access.create("write", "shop.example");
        await first.stop();
      }
      proxy.mode = "refuse";
      await using second = await startEngine({ env });
      expect(await send(second, "shop.example")).toBe("key_required");
      expect(await send(second, undefined, withKey(key))).toBe("accepted");
      proxy.mode = "pass";
      await access.revoke(key);
      await eventually(async () =>
        expect(await send(second, undefined, withKey(key))).toBe("key_revoked"),
      );
    },
    TIMEOUT_MS,
  );

  test(
    "and a mirror, all is refused until there is one",
    async () => {
      await using servers = await openEngineServers();
      await using proxy = openTcpProxy(servers.env["DATABASE_URL"] ?? "");
      proxy.mode = "refuse";
      const url = throughProxy(servers.env["DATABASE_URL"] ?? "", proxy);
      const env = { ...servers.env, DATABASE_URL: url };
      await using engine = await startEngine({ env });
      const { text } = mintKey("write");
      for (const headers of [{}, withKey({ text })]) {
        for (const path of ["/event", "/events"]) {
          const refused = await post(engine, path, eventOf("shop.example"), headers);
          expect([refused.status, refused.body["error"]]).toEqual([503, "access_unknown"]);
          expect(refused.headers.get("retry-after")).toBe("1");
        }
      }
      expect((await readStats(engine, { site_id: "a" })).body["error"]).toBe("access_unknown");
      expect((await ask(engine, "/health/ready")).body["error"]).toBe("access_unknown");
      const degraded = ["events are refused: access_unknown"];
      expect((await ask(engine, "/health")).body).toMatchObject({ degraded_by: degraded });
      const own = { ...servers.env, API_PORT: String(engine.port) };
      const health = await runQueueflow(["health"], { env: own });
      expect([health.exitCode, health.stderr]).toEqual([1, expect.stringContaining("which keys")]);
      const status = await runQueueflow(["status", "--json"], { env: own });
      expect(JSON.parse(status.stdout)).toMatchObject({ engine: { error: "access_unknown" } });
      proxy.mode = "pass";
      await eventually(async () => expect(await send(engine, "a")).toBe("accepted"), 30_000);
    },
    TIMEOUT_MS,
  );

  test(
    "and keys, ACCESS=open accepts at once and reads nothing",
    async () => {
      await using servers = await openEngineServers();
      const env = { ...servers.env, ACCESS: "open", DATABASE_URL: "postgres://u:p@127.0.0.1:9/x" };
      await using engine = await startEngine({ env });
      expect(engine.output.errors).toMatch(/^ {2}API .*, accepts events, which are stored once/m);
      expect(await send(engine, "a", withKey({ text: "qf_w_anything" }))).toBe("accepted");
    },
    TIMEOUT_MS,
  );
});

test("ACCESS=keys needs a key for everything, also while none exists", async () => {
  await using servers = await openEngineServers();
  await using engine = await startEngine({ env: { ...servers.env, ACCESS: "keys" } });
  await untilMigrated(engine);
  expect(await send(engine, "a")).toBe("key_required");
  expect((await readStats(engine, { site_id: "a" })).status).toBe(401);
  expect(Object.keys((await ask(engine, "/health")).body)).toEqual(["status"]);
  expect(await servers.redis.exists(mirrorKey(servers.key.stream))).toBe(1);
}, 60_000);
