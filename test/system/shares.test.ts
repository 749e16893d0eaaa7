import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { parseNewShare } from "../../src/access/share-fields.ts";
import { putInForce } from "../../src/administer/put-in-force.ts";
import { endAllSessions } from "../../src/administer/sessions.ts";
import { type CreatedShare, revokeShare, storeNewShare } from "../../src/administer/shares.ts";
import { removeSiteAndKeys } from "../../src/administer/sites.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { type AccessKeys, openAccessKeys, withKey } from "../support/access-keys.ts";
import { type Answer, ask, sendEvent } from "../support/api-client.ts";
import { type Engine, startEngine } from "../support/engine.ts";
import { type EngineServers, openEngineServers, untilDrained } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { openStream } from "../support/live-stream.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const SITE = "shared.example";
const OTHER = "other.example";
const ORIGINS = ["https://shared.example", "https://*.shared.example"];
const PASSWORD = "for the board only";
const QUESTION = { metrics: ["events"], date_range: ["2026-01-15", "2026-01-15"] };
const file: { servers: EngineServers; engine: Engine } = {} as never;
let keys: AccessKeys;
let admin = "";
let clients = 0;

beforeAll(async () => {
  file.servers = await openEngineServers({ database: "migrated" });
  keys = openAccessKeys(file.servers);
  await keys.addSite(SITE, { origins: ORIGINS });
  const key = await keys.create("admin");
  admin = key.text;
  const env = { INGEST_WORKERS: "2", CONSUMER_WORKERS: "1", TRUSTED_PROXIES: "127.0.0.1" };
  file.engine = await startEngine({ env: { ...env, ...file.servers.env } });
  for (const site_id of [SITE, OTHER]) {
    const body = sampleBody({ site_id, timestamp: "2026-01-15T09:30:00Z" });
    expect((await sendEvent(file.engine, body)).status).toBe(202);
  }
  await untilDrained(file.servers);
}, TIMEOUT_MS);

afterAll(async () => {
  await file.engine?.[Symbol.asyncDispose]();
  await keys?.[Symbol.asyncDispose]();
  await file.servers?.[Symbol.asyncDispose]();
}, TIMEOUT_MS);

/** Returns a link once every thread knows it. */
async function newShare(password?: string): Promise<CreatedShare> {
  const fields = parseNewShare({ site_id: SITE, ...(password !== undefined && { password }) });
  const share = await storeNewShare(keys.servers, fields);
  await putInForce(keys.servers);
  await untilEveryThreadAnswers(share.text, password === undefined ? SITE : "password_required");
  return share;
}

async function siteBy(link: string, headers: Record<string, string> = {}): Promise<Answer> {
  return await ask(file.engine, "/share/site", { headers: { "X-Share-Link": link, ...headers } });
}

/** Waits for the site or the error. Each connection may reach another thread. */
async function untilEveryThreadAnswers(link: string, expected: string): Promise<void> {
  await eventually(async () => {
    const asked = Array.from({ length: 8 }, async () => {
      const { body } = await siteBy(link);
      return body["site_id"] ?? body["error"];
    });
    expect(new Set(await Promise.all(asked))).toEqual(new Set<unknown>([expected]));
  });
}

async function queryBy(link: string, question: object, headers = {}): Promise<Answer> {
  return await ask(file.engine, "/share/query", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Share-Link": link, ...headers },
    body: JSON.stringify(question),
  });
}

/** From another address each time, as each has few attempts. */
async function givePassword(link: string, password: unknown, headers = {}): Promise<Answer> {
  clients += 1;
  return await ask(file.engine, "/share/session", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-Share-Link": link,
      "X-Forwarded-For": `192.0.2.${clients}`,
      Origin: file.engine.url,
      ...headers,
    },
    body: JSON.stringify({ password }),
  });
}

describe("a public link", () => {
  test("reads the numbers of its site", async () => {
    const { text } = await newShare();
    expect((await siteBy(text)).body).toEqual({
      site_id: SITE,
      name: SITE,
      time_zone: "UTC",
      first_date: "2026-01-15",
      has_goals: false,
    });
    const answer = await queryBy(text, { site_id: SITE, ...QUESTION });
    expect(answer).toMatchObject({ status: 200, body: { results: [{ metrics: [1] }] } });
  });

  test("reads no other site", async () => {
    const { text } = await newShare();
    const answer = await queryBy(text, { site_id: OTHER, ...QUESTION });
    expect(answer).toMatchObject({ status: 403, body: { error: "wrong_site" } });
    expect(await queryBy(text, QUESTION)).toMatchObject({ status: 403 });
  });

  test.each([
    ["/stats", `?site_id=${SITE}&date=2026-01-15`],
    ["/query", `?site_id=${SITE}&metrics=visitors&date_range=day`],
    ["/export", `?site_id=${SITE}`],
    ["/live", `?site_id=${SITE}`],
    ["/live/stream", `?site_id=${SITE}`],
    ["/sites/readable", ""],
    ["/sites", ""],
    ["/keys", ""],
    ["/sites/shares", `?site_id=${SITE}`],
  ])("is no key of %s", async (path, query) => {
    const { text } = await newShare();
    const ways: readonly Record<string, string>[] = [
      { "X-Share-Link": text },
      { Authorization: `Bearer ${text}` },
      { "X-Write-Key": text },
      { Cookie: `queueflow_session=${text}` },
    ];
    for (const headers of ways) {
      const { status } = await ask(file.engine, `${path}${query}`, { headers });
      expect({ headers, status }).toEqual({ headers, status: 401 });
    }
  });

  test("follows its site until it is revoked", async () => {
    const share = await newShare();
    const headers = { "X-Share-Link": share.text };
    using stream = await openStream(file.engine, "/share/live/stream", headers);
    await eventually(() =>
      expect(stream.events[0]).toMatchObject({ name: "live", data: { site_id: SITE } }),
    );
    await revokeShare(keys.servers, share);
    await stream.ended;
  });

  test("is refused once it is revoked, in every thread", async () => {
    const share = await newShare();
    expect(await revokeShare(keys.servers, share)).toBe(true);
    await untilEveryThreadAnswers(share.text, "link_unknown");
    expect(await revokeShare(keys.servers, share)).toBe(false);
  });

  test("ends with the settings of its site", async () => {
    const share = await newShare();
    await removeSiteAndKeys(keys.servers, SITE);
    await untilEveryThreadAnswers(share.text, "link_unknown");
    await keys.addSite(SITE, { origins: ORIGINS });
  });

  test("stores neither its token nor its password", async () => {
    const { text } = await newShare(PASSWORD);
    const { sql, redis, key } = file.servers;
    const rows = JSON.stringify(await sql`SELECT *, encode(hash, 'hex') FROM site_shares`);
    const mirror = JSON.stringify(await redis.hgetall(`${key.stream}:access`));
    for (const place of [rows, mirror]) {
      expect(place.length).toBeGreaterThan(100);
      expect([text, PASSWORD].filter((secret) => place.includes(secret))).toEqual([]);
    }
  });
});

describe("a link with a password", () => {
  test("asks for it, and then reads for its browser", async () => {
    const { text } = await newShare(PASSWORD);
    expect((await siteBy(text)).body).toMatchObject({ error: "password_required" });
    const given = await givePassword(text, PASSWORD);
    expect(given.status).toBe(200);
    const set = given.headers.get("set-cookie") ?? "";
    expect(set).toMatch(/; Path=\/share; Max-Age=43200; HttpOnly; SameSite=Lax$/);
    const Cookie = set.split(";", 1)[0] ?? "";
    expect((await siteBy(text, { Cookie })).status).toBe(200);
    expect((await queryBy(text, { site_id: SITE, ...QUESTION }, { Cookie })).status).toBe(200);
  });

  test("refuses another password, another link's and none", async () => {
    const [{ text }, other] = [await newShare(PASSWORD), await newShare("another password")];
    for (const password of ["another password", "for the board onlY", "x".repeat(200)]) {
      const answer = await givePassword(text, password);
      expect(answer).toMatchObject({ status: 401, body: { error: "password_wrong" } });
      expect(answer.headers.get("set-cookie")).toBeNull();
    }
    for (const password of [undefined, "", 1, "x".repeat(201)]) {
      expect((await givePassword(text, password)).status).toBe(422);
    }
    const set = (await givePassword(other.text, "another password")).headers.get("set-cookie");
    const Cookie = set?.split(";", 1)[0] ?? "";
    expect((await siteBy(other.text, { Cookie })).status).toBe(200);
    expect((await siteBy(text, { Cookie })).status).toBe(401);
  });

  test("follows its site by the cookie, until all are signed out", async () => {
    const { text } = await newShare(PASSWORD);
    const path = "/share/live/stream";
    const headers = { "X-Share-Link": text };
    expect((await ask(file.engine, path, { headers })).status).toBe(401);
    const set = (await givePassword(text, PASSWORD)).headers.get("set-cookie") ?? "";
    const Cookie = set.split(";", 1)[0] ?? "";
    using stream = await openStream(file.engine, path, { ...headers, Cookie });
    await eventually(() => expect(stream.events[0]?.name).toBe("live"));
    await endAllSessions(keys.servers);
    await stream.ended;
  });

  test("opens beside another in the same browser", async () => {
    const shares = [await newShare(PASSWORD), await newShare(PASSWORD)];
    const jar = new Map<string, string>();
    for (const { text } of shares) {
      const set = (await givePassword(text, PASSWORD)).headers.get("set-cookie") ?? "";
      const [name = "", value = ""] = set.split(";", 1)[0]?.split("=") ?? [];
      jar.set(name, value);
    }
    const Cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    for (const { text } of shares) expect((await siteBy(text, { Cookie })).status).toBe(200);
  });

  test("gives a cookie that is no session", async () => {
    const { text } = await newShare(PASSWORD);
    const set = (await givePassword(text, PASSWORD)).headers.get("set-cookie") ?? "";
    const value = set.split(";", 1)[0]?.replace(/^.*?=/, "");
    const headers = { Cookie: `queueflow_session=${value}` };
    for (const path of ["/sites", `/stats?site_id=${SITE}`]) {
      expect((await ask(file.engine, path, { headers })).status).toBe(401);
    }
  });

  test("limits attempts, and takes them from its own pages only", async () => {
    const { text } = await newShare(PASSWORD);
    const evil = { Origin: "http://evil.example" };
    expect(await givePassword(text, PASSWORD, evil)).toMatchObject({ status: 403 });
    const same = { "X-Forwarded-For": "198.51.100.7" };
    const statuses = new Set<number>();
    for (let n = 0; n < 40; n += 1)
      statuses.add((await givePassword(text, "wrong one", same)).status);
    expect(statuses).toEqual(new Set([401, 429]));
  });
});

describe("the pages of a link", () => {
  const headersOf = async (path: string) => {
    const { headers } = await fetch(`${file.engine.url}${path}`);
    const policy = headers.get("content-security-policy") ?? "";
    return {
      frames: /frame-ancestors .*/.exec(policy)?.[0],
      options: headers.get("x-frame-options"),
      connects: /connect-src [^;]*/.exec(policy)?.[0],
      cookie: headers.get("set-cookie"),
    };
  };

  test("let pages of the site's origins embed the one for it", async () => {
    const { text } = await newShare();
    expect(await headersOf(`/embed?link=${text}`)).toEqual({
      frames: "frame-ancestors https://shared.example https://*.shared.example",
      options: null,
      connects: "connect-src 'self'",
      cookie: null,
    });
    expect(await headersOf(`/share?link=${text}`)).toMatchObject({
      frames: "frame-ancestors 'none'",
      options: "DENY",
    });
  });

  test("let nobody embed an unknown link or a site without origins", async () => {
    const share = await storeNewShare(keys.servers, parseNewShare({ site_id: OTHER }));
    await putInForce(keys.servers);
    for (const link of ["", "unknown", share.text]) {
      expect(await headersOf(`/embed?link=${link}`)).toMatchObject({
        frames: "frame-ancestors 'none'",
        options: "DENY",
      });
    }
  });

  test("ask nothing in a frame that a password forbids", async () => {
    const { text } = await newShare(PASSWORD);
    expect(await headersOf(`/embed?link=${text}`)).toMatchObject({
      connects: "connect-src 'none'",
    });
  });

  test("name no origin that could end the directive", async () => {
    const { sql } = file.servers;
    const origins = ["https://a.example; script-src *", "https://b.example"];
    await sql`UPDATE sites SET origins = ${origins} WHERE site_id = ${SITE}`;
    const { text } = await newShare();
    await eventually(async () => {
      const { frames } = await headersOf(`/embed?link=${text}`);
      expect(frames).toBe("frame-ancestors https://b.example");
    });
  });
});

describe("an administrator", () => {
  const call = async (method: string, path: string, body?: object) =>
    await ask(file.engine, path, {
      method,
      headers: {
        ...withKey({ text: admin }),
        ...(body !== undefined && { "Content-Type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  test("creates, lists and revokes links", async () => {
    const created = await call("POST", "/sites/shares", { site_id: OTHER, label: "investors" });
    expect(created).toMatchObject({ status: 201, body: { label: "investors", in_force: true } });
    const { link, in_force: _, embed_origins: origins, ...share } = created.body;
    expect(origins).toEqual([]);
    expect((await siteBy(String(link))).body).toMatchObject({ site_id: OTHER });
    const { body } = await call("GET", `/sites/shares?site_id=${OTHER}`);
    expect(body["shares"]).toContainEqual(share);
    expect(JSON.stringify(body)).not.toContain(String(link));
    const path = `/sites/shares?site_id=${OTHER}&share_id=${String(share["share_id"])}`;
    expect((await call("DELETE", path)).status).toBe(200);
    expect(await call("DELETE", path)).toMatchObject({ status: 404 });
  });

  test.each([
    [{}, ["site_id"]],
    [{ site_id: SITE, password: "short" }, ["password"]],
    [{ site_id: SITE, password: 12_345_678 }, ["password"]],
    [{ site_id: SITE, label: 1, colour: "red" }, ["colour", "label"]],
  ])("is told what is wrong with %p", async (body, fields) => {
    const answer = await call("POST", "/sites/shares", body);
    expect(answer).toMatchObject({ status: 422, body: { error: "invalid_field" } });
    expect(Object.keys(answer.body["fields"] as object).toSorted()).toEqual(fields);
  });

  test("uses commands likewise", async () => {
    const env = { ...file.servers.env, API_PORT: String(file.engine.port) };
    const run = async (...args: string[]) => await runQueueflow(args, { env });
    const created = await run("share", "create", SITE, "--label", "by command", "--json");
    const { link, share_id: id } = JSON.parse(created.stdout);
    expect(link).toStartWith(`${file.engine.url}/share?link=`);
    await untilEveryThreadAnswers(new URL(link).searchParams.get("link") ?? "", SITE);
    expect((await run("share", "list", SITE)).stdout).toContain("by command");
    expect((await run("share", "revoke", SITE, id)).stdout).toBe(`Revoked ${id}.\n`);
    expect(await run("share", "revoke", SITE, id)).toMatchObject({ exitCode: 1 });
  });
});

describe("annotations", () => {
  const call = async (method: string, path: string, body?: object, headers = {}) =>
    await ask(file.engine, path, {
      method,
      headers: { ...withKey({ text: admin }), ...json, ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const json = { "Content-Type": "application/json" };
  const list = `/sites/annotations?site_id=${SITE}`;

  test("are added, listed by time and removed", async () => {
    const added = [];
    for (const when of ["2026-01-15T09:30", "2026-01-14"]) {
      const answer = await call("POST", "/sites/annotations", { site_id: SITE, when, text: when });
      expect(answer.status).toBe(201);
      added.unshift(answer.body);
    }
    expect((await call("GET", list)).body).toEqual({ annotations: added });
    const { text } = await newShare();
    const headers = { "X-Share-Link": text };
    expect((await ask(file.engine, "/share/annotations", { headers })).body).toEqual({
      annotations: added,
    });
    for (const { annotation_id: id } of added) {
      const path = `${list}&annotation_id=${String(id)}`;
      expect((await call("DELETE", path)).status).toBe(200);
      expect(await call("DELETE", path)).toMatchObject({ status: 404 });
    }
    expect((await call("GET", list)).body).toEqual({ annotations: [] });
  });

  test.each([
    [{ when: "2026-02-30", text: "a" }, ["when"]],
    [{ when: "2026-01-15T24:00", text: "a" }, ["when"]],
    [{ when: "2026-01-15T09:30:00Z", text: "" }, ["text", "when"]],
    [{ when: 1, text: "x".repeat(501), colour: "red" }, ["colour", "text", "when"]],
  ])("are refused with %p", async (fields, problems) => {
    const answer = await call("POST", "/sites/annotations", { site_id: SITE, ...fields });
    expect(answer).toMatchObject({ status: 422, body: { error: "invalid_field" } });
    expect(Object.keys(answer.body["fields"] as object).toSorted()).toEqual(problems);
  });
});
