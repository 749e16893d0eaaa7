import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { newSession, randomText, type Session, signSession } from "../../src/access/session.ts";
import { redeemSignInToken } from "../../src/administer/sessions.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { type AccessKeys, openAccessKeys } from "../support/access-keys.ts";
import { type Answer, type Api, ask } from "../support/api-client.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { type EngineServers, openEngineServers } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const SITE = "signed.example";
const STATS = `/stats?site_id=${SITE}&date=2026-01-15`;
const SMALL = { INGEST_WORKERS: "2", CONSUMER_WORKERS: "1", TRUSTED_PROXIES: "127.0.0.1" };
const file: { servers: EngineServers; engine: Engine } = {} as never;
let keys: AccessKeys;
/** Another process on the same servers. */
let other: Engine;
let clients = 0;

beforeAll(async () => {
  file.servers = await openEngineServers({ database: "migrated" });
  keys = openAccessKeys(file.servers);
  await keys.create("admin");
  const env = { ...SMALL, ...file.servers.env };
  [file.engine, other] = await Promise.all([startEngine({ env }), startEngine({ env })]);
}, TIMEOUT_MS);

afterAll(async () => {
  await Promise.all([file.engine, other].map(async (each) => await each?.[Symbol.asyncDispose]()));
  await keys?.[Symbol.asyncDispose]();
  await file.servers?.[Symbol.asyncDispose]();
}, TIMEOUT_MS);

/** Each from another address, as each has few attempts. */
async function signIn(
  body: unknown,
  { api = file.engine, headers = {} }: { api?: Api; headers?: Record<string, string> } = {},
): Promise<Answer> {
  clients += 1;
  return await ask(api, "/session", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-Forwarded-For": `192.0.2.${clients}`,
      Origin: api.url,
      ...headers,
    },
    body: JSON.stringify(body),
  });
}

function cookieOf({ headers }: Answer): string {
  return headers.get("set-cookie")?.split(";", 1)[0] ?? "";
}

async function cookieFor(body: unknown): Promise<string> {
  const answer = await signIn(body);
  expect(answer.status).toBe(200);
  return cookieOf(answer);
}

async function statusWith(cookie: string, api: Api = file.engine, path = STATS): Promise<number> {
  return (await ask(api, path, { headers: { Cookie: cookie } })).status;
}

/** Waits until every thread of both processes answers so: each connection may reach another thread. */
async function untilEveryThreadAnswers(cookie: string, status: number): Promise<void> {
  await eventually(async () => {
    const asked = [file.engine, other].flatMap((api) => Array.from({ length: 8 }, () => api));
    const statuses = await Promise.all(asked.map(async (api) => await statusWith(cookie, api)));
    expect(new Set(statuses)).toEqual(new Set([status]));
  });
}

async function link(...flags: readonly string[]): Promise<string> {
  const { stdout } = await runQueueflow(["dashboard", ...flags], { env: file.servers.env });
  return stdout.trim();
}

async function newToken(...flags: readonly string[]): Promise<string> {
  return new URL(await link(...flags)).hash.replace("#token=", "");
}

async function secret(): Promise<string> {
  return (await file.servers.redis.hget(`${file.servers.key.stream}:sessions`, "secret")) ?? "";
}

async function forgedCookie(session: Session, by?: string): Promise<string> {
  return `queueflow_session=${signSession(session, by ?? (await secret()))}`;
}

describe("a key signs in", () => {
  test("with the rights of the key", async () => {
    const { text, keyId } = await keys.create("read", SITE);
    const answer = await eventually(async () => {
      const tried = await signIn({ key: text });
      expect(tried.status).toBe(200);
      return tried;
    });
    expect(answer.body).toMatchObject({
      signed_in: true,
      kind: "read",
      site_id: SITE,
      key_id: keyId,
    });
    const cookie = cookieOf(answer);
    await untilEveryThreadAnswers(cookie, 200);
    expect(await statusWith(cookie, file.engine, "/stats?site_id=b&date=2026-01-15")).toBe(403);
    expect(await statusWith(cookie, file.engine, "/keys")).toBe(403);
    expect(await statusWith(cookie, file.engine, "/metrics")).toBe(403);
    expect((await ask(file.engine, "/session", { headers: { Cookie: cookie } })).body).toEqual(
      answer.body,
    );
  });

  test("with a cookie that scripts and other sites cannot use", async () => {
    const headers = {
      "X-Forwarded-Proto": "https",
      Origin: file.engine.url.replace("http:", "https:"),
    };
    const answer = await signIn({ token: await newToken() }, { headers });
    expect(answer.headers.get("set-cookie")).toMatch(
      /^queueflow_session=[\w.-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure$/,
    );
  });

  test("but not one that writes, and not a wrong one", async () => {
    const write = await keys.create("write", SITE);
    await eventually(async () => {
      expect((await signIn({ key: write.text })).body).toMatchObject({ error: "wrong_kind" });
    });
    expect((await signIn({ key: "qf_a_x" })).body).toMatchObject({ error: "key_malformed" });
  });
});

test.each([
  [{}, "key"],
  [{ key: "x", token: "y" }, "key"],
  [{ password: "x" }, "password"],
  [{ key: 1 }, "key"],
  [{ token: "x".repeat(200) }, "token"],
])("refuses to sign in with %p", async (body, field) => {
  const answer = await signIn(body);
  expect(answer).toMatchObject({ status: 422, body: { error: "invalid_field" } });
  expect(Object.keys(answer.body["fields"] as object)).toEqual([field]);
});

describe("an address that failed too often", () => {
  const headers = { "X-Forwarded-For": "198.51.100.1" };

  test("is refused, and no other", async () => {
    const statuses = new Set<number>();
    // More than both threads allow, also if they take half a minute.
    for (let attempt = 0; attempt < 30; attempt += 1) {
      statuses.add((await signIn({ token: "x" }, { headers })).status);
    }
    expect(statuses).toEqual(new Set([401, 429]));
    expect((await signIn({ token: "x" })).status).toBe(401);
  });

  test("signs in with a right key or link all the same", async () => {
    const { text } = await keys.create("read", SITE);
    const shared = { "X-Forwarded-For": "198.51.100.2" };
    await eventually(async () => {
      for (let connection = 0; connection < 8; connection += 1) {
        expect((await signIn({ key: text })).status).toBe(200);
      }
    });
    // So many succeed that their attempts would be used up.
    for (let attempt = 0; attempt < 25; attempt += 1) {
      expect((await signIn({ key: text }, { headers: shared })).status).toBe(200);
    }
    for (let attempt = 0; attempt < 25; attempt += 1) {
      await signIn({ key: `${text.slice(0, -1)}_` }, { headers: shared });
    }
    // A new connection may lead to the other thread.
    await eventually(async () => {
      expect((await signIn({ token: "x" }, { headers: shared })).status).toBe(429);
    });
    expect((await signIn({ key: text }, { headers: shared })).status).toBe(200);
    const token = await newToken();
    expect((await signIn({ token }, { headers: shared })).status).toBe(200);
  });
});

test("a key begins a limited number of sessions", async () => {
  const { text } = await keys.create("read", SITE);
  await eventually(async () => expect((await signIn({ key: text })).status).toBe(200));
  let last: Answer | undefined;
  // More than both threads allow.
  for (let n = 0; n < 200 && last?.status !== 429; n += 1) {
    const headers = { "X-Forwarded-For": `198.18.0.${n}` };
    last = await signIn({ key: text }, { headers });
  }
  expect(last?.body).toMatchObject({ error: "rate_limited" });
  expect(last?.body["message"]).toContain("from this key");
  expect((await signIn({ token: await newToken() })).status).toBe(200);
});

describe("a link of `queueflow dashboard` signs in", () => {
  test("as an administrator, once in all processes", async () => {
    const token = await newToken();
    const tried = await Promise.all(
      [file.engine, other, file.engine, other].map(async (api) => await signIn({ token }, { api })),
    );
    expect(tried.filter(({ status }) => status === 401)).toHaveLength(3);
    const [signedIn] = tried.filter(({ status }) => status === 200);
    expect(signedIn?.body).toMatchObject({ kind: "admin", site_id: null, key_id: null });
    expect(await statusWith(cookieOf(signedIn as Answer), other, "/sites")).toBe(200);
  });

  test("with the rights of a key, at another URL", async () => {
    const { keyId } = await keys.create("read", SITE);
    const made = await link("--key", keyId, "--url", "https://stats.example/a");
    expect(made).toStartWith("https://stats.example/a/#token=");
    const token = made.replace(/^.*=/, "");
    await eventually(async () => {
      const { body } = await signIn({ token: await newToken("--key", keyId) });
      expect(body).toMatchObject({ signed_in: true, key_id: keyId });
    });
    expect((await signIn({ token })).body).toMatchObject({ key_id: keyId });
  });

  test("not when Redis has forgotten it", async () => {
    const token = await newToken();
    const { redis, key } = file.servers;
    const [name = ""] = await redis.keys(`${key.stream}:sign-in:*`);
    expect(name).not.toContain(token);
    const leftS = await redis.ttl(name);
    expect(leftS).toBeGreaterThan(0);
    expect(leftS).toBeLessThanOrEqual(300);
    await redis.del(name);
    expect((await signIn({ token })).body).toMatchObject({ error: "key_unknown" });
  });

  test.each([
    [["--key", "unknown"], 1, "There is no key unknown"],
    [["--url", "javascript:1"], 2, "Expected a URL"],
  ])("not with %p", async (flags, code, message) => {
    const run = await runQueueflow(["dashboard", ...flags], { env: file.servers.env });
    expect([run.exitCode, run.stderr]).toEqual([code, expect.stringContaining(message)]);
  });
});

describe("a session is none", () => {
  const nowMs = Date.now();
  const operator = newSession({ kind: "operator" }, nowMs);
  const forged: [string, () => Promise<string>][] = [
    ["when another secret signed it", async () => await forgedCookie(operator, randomText())],
    ["when it is over", async () => await forgedCookie({ ...operator, expiresAtMs: nowMs })],
    [
      "when its key does not exist",
      async () => await forgedCookie(newSession({ kind: "key", hash: "00" }, nowMs)),
    ],
    [
      "when its signature is of another one",
      async () => {
        const cookie = await forgedCookie(operator);
        const [, signature = ""] = cookie.split(".");
        const [payload = ""] = (await forgedCookie({ ...operator, id: "b" })).split(".");
        return `${payload}.${signature}`;
      },
    ],
  ];
  test.each(forged)("%s", async (_, cookie) => {
    expect(await statusWith(await forgedCookie(operator))).toBe(200);
    expect(await statusWith(await cookie())).toBe(401);
  });

  test("once its browser has signed out, in every thread", async () => {
    const cookie = await cookieFor({ token: await newToken() });
    const headers = { Cookie: cookie, Origin: file.engine.url };
    const answer = await ask(file.engine, "/session", { method: "DELETE", headers });
    expect(answer).toMatchObject({ status: 200, body: { signed_in: false, needed: true } });
    expect(answer.headers.get("set-cookie")).toContain("queueflow_session=; Path=/; Max-Age=0;");
    await untilEveryThreadAnswers(cookie, 401);
  });

  test("once its browser has signed in again, in every thread", async () => {
    const earlier = await cookieFor({ token: await newToken() });
    const headers = { Cookie: earlier };
    const failed = await signIn({ token: "x" }, { headers });
    expect(failed.status).toBe(401);
    expect(await statusWith(earlier)).toBe(200);
    const later = cookieOf(await signIn({ token: await newToken() }, { headers }));
    await untilEveryThreadAnswers(earlier, 401);
    await untilEveryThreadAnswers(later, 200);
  });

  test("once its browser has signed out with several", async () => {
    const cookies = [
      await cookieFor({ token: await newToken() }),
      await cookieFor({ token: await newToken() }),
    ];
    const headers = { Cookie: cookies.join("; "), Origin: file.engine.url };
    await ask(file.engine, "/session", { method: "DELETE", headers });
    for (const cookie of cookies) await untilEveryThreadAnswers(cookie, 401);
  });

  test("once its key is revoked, in every thread", async () => {
    const key = await keys.create("read");
    const cookie = await eventually(async () => await cookieFor({ key: key.text }));
    const command = ["keys", "revoke", key.keyId];
    expect((await runQueueflow(command, { env: file.servers.env })).exitCode).toBe(0);
    await untilEveryThreadAnswers(cookie, 401);
  });

  test("once everybody was signed out", async () => {
    const cookie = await cookieFor({ token: await newToken() });
    expect(await link("--sign-out-all")).toBe("Ended all sessions.");
    await untilEveryThreadAnswers(cookie, 401);
    await eventually(async () => {
      expect(await statusWith(await cookieFor({ token: await newToken() }))).toBe(200);
    });
  });
});

describe("a session is found", () => {
  const ended = newSession({ kind: "operator" }, 0);
  const others: [string, () => Promise<string>][] = [
    ["a forged one", async () => "queueflow_session=forged.one"],
    ["an empty one", async () => "queueflow_session="],
    ["one that is over", async () => await forgedCookie(ended)],
    [
      "one whose key does not exist",
      async () => await forgedCookie(newSession({ kind: "key", hash: "00" }, Date.now())),
    ],
  ];
  test.each(others)("behind %s", async (_, cookieBefore) => {
    const cookie = await forgedCookie(newSession({ kind: "operator" }, Date.now()));
    const both = `${await cookieBefore()}; a=b; ${cookie}`;
    expect(await statusWith(both)).toBe(200);
    expect((await ask(file.engine, "/session", { headers: { Cookie: both } })).body).toMatchObject({
      signed_in: true,
      kind: "admin",
    });
  });
});

describe("by a session", () => {
  test.each([
    ["its own page changes something", "", 201],
    ["another site's page changes nothing", "http://evil.example", 403],
    ["a page of another scheme changes nothing", "ftp://localhost", 403],
  ])("%s", async (_, origin, status) => {
    const cookie = await cookieFor({ token: await newToken() });
    const answer = await ask(file.engine, "/sites", {
      method: "POST",
      headers: {
        Cookie: cookie,
        "Content-Type": "application/json",
        Origin: origin === "" ? file.engine.url : origin,
      },
      body: JSON.stringify({ site_id: `new-${status}.example` }),
    });
    expect(answer.status).toBe(status);
  });

  test("another site's page signs nobody in or out", async () => {
    const headers = { Origin: "http://evil.example" };
    const answer = await signIn({ token: await newToken() }, { headers });
    expect(answer).toMatchObject({ status: 403, body: { error: "wrong_origin" } });
    expect((await ask(file.engine, "/session", { method: "DELETE", headers })).status).toBe(403);
  });

  test("nobody sends events", async () => {
    await keys.create("write", SITE);
    const cookie = await forgedCookie(newSession({ kind: "operator" }, Date.now()));
    const headers = { Cookie: cookie, "Content-Type": "application/json", Origin: file.engine.url };
    const body = JSON.stringify(sampleBody({ site_id: SITE }));
    await eventually(async () => {
      const { status } = await ask(file.engine, "/event", { method: "POST", headers, body });
      expect(status).toBe(401);
    });
  });
});

test("a token begins one session, whoever asks at once", async () => {
  const token = await newToken();
  const taken = await Promise.allSettled(
    Array.from({ length: 20 }, async () => await redeemSignInToken(keys.servers, token)),
  );
  expect(taken.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});
