import { beforeAll, describe, expect, test } from "bun:test";
import { kindOfKey } from "../../src/access/key.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { type Answer, ask, sendEvent } from "../support/api-client.ts";
import { startEngine } from "../support/engine.ts";
import { openEngineServers, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";

const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
let admin = "";

async function call(
  method: string,
  path: string,
  { key = admin, body }: { key?: string; body?: unknown } = {},
): Promise<Answer> {
  const headers = {
    ...(key === "" ? {} : { Authorization: `Bearer ${key}` }),
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
  };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return await ask(file.engine, path, { method, headers, ...sent });
}

async function newKey(fields: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { status, body } = await call("POST", "/keys", { body: { ...fields, confirm: true } });
  expect(status).toBe(201);
  return body;
}

beforeAll(async () => {
  const created = await runQueueflow(["keys", "create", "--admin", "--yes"], {
    env: file.servers.env,
  });
  admin = created.stdout.trim();
});

describe("/sites", () => {
  test("adds, changes, lists and removes a site", async () => {
    const site = { site_id: "a.example", time_zone: "Europe/Berlin", limits: { burst_seconds: 5 } };
    const added = await call("POST", "/sites", { body: site });
    expect(added).toMatchObject({ status: 201, body: { ...site, name: "a.example", origins: [] } });
    expect(await call("POST", "/sites", { body: site })).toMatchObject({
      status: 409,
      body: { error: "site_exists" },
    });
    const changes = { origins: ["https://a.example"], limits: { burst_seconds: null } };
    const changed = await call("PATCH", "/sites?site_id=a.example", { body: changes });
    expect(changed.body).toMatchObject({ origins: changes.origins, limits: {} });
    const { body } = await call("GET", "/sites");
    expect(body["sites"]).toContainEqual(changed.body);
    const removed = await call("DELETE", "/sites?site_id=a.example");
    expect(removed.body).toEqual({ site_id: "a.example", revoked_keys: 0 });
    expect(await call("DELETE", "/sites?site_id=a.example")).toMatchObject({ status: 404 });
  });

  test.each([
    ["POST", "/sites", {}, "site_id"],
    ["POST", "/sites", { site_id: "b", colour: "red" }, "colour"],
    ["POST", "/sites", { site_id: "b", origins: ["b"] }, "origins"],
    ["PATCH", "/sites?site_id=b", { time_zone: "Berlin" }, "time_zone"],
    ["PATCH", "/sites", { name: "b" }, "site_id"],
    ["GET", "/sites?site=b", undefined, "site"],
  ])("refuses %s %s with %p", async (method, path, body, field) => {
    const answer = await call(method, path, { body });
    expect(answer).toMatchObject({ status: 422, body: { error: "invalid_field" } });
    expect(Object.keys(answer.body["fields"] as object)).toEqual([field]);
  });

  test("takes JSON only", async () => {
    const answer = await ask(file.engine, "/sites", {
      method: "POST",
      headers: { Authorization: `Bearer ${admin}`, "Content-Type": "text/plain" },
      body: '{"site_id":"b"}',
    });
    expect(answer.status).toBe(415);
  });
});

describe.each([
  ["/sites/goals", "goals", { revenue: { property: "amount", currency: "EUR" } }],
  ["/sites/segments", "segments", {}],
])("%s", (path, plural, more) => {
  const target = `${path}?site_id=defined.example`;
  const definition = { name: "Sign up", filters: [["is", "event:name", ["signup"]]], ...more };

  test("sets, lists and removes one", async () => {
    expect(await call("PUT", target, { body: definition })).toEqual(
      expect.objectContaining({ status: 200, body: definition }),
    );
    expect((await call("GET", target)).body).toEqual({ [plural]: [definition] });
    const named = `${target}&name=Sign%20up`;
    const removed = { site_id: "defined.example", name: "Sign up" };
    expect((await call("DELETE", named)).body).toEqual(removed);
    expect(await call("DELETE", named)).toMatchObject({ status: 404 });
    expect((await call("GET", target)).body).toEqual({ [plural]: [] });
  });

  test("is listed for who reads the site, and changed by no reader", async () => {
    await call("PUT", target, { body: definition });
    await newKey({ kind: "read", site_id: "other.example" });
    const { key } = await newKey({ kind: "read", site_id: "defined.example" });
    const reader = { key: String(key) };
    await eventually(async () => expect((await call("GET", target, reader)).status).toBe(200));
    expect((await call("GET", target, reader)).body).toEqual({ [plural]: [definition] });
    const refused = [
      await call("PUT", target, { ...reader, body: definition }),
      await call("DELETE", `${target}&name=Sign%20up`, reader),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403]);
    const elsewhere = await call("GET", `${path}?site_id=other.example`, reader);
    expect(elsewhere).toMatchObject({ status: 403, body: { error: "wrong_site" } });
    await call("DELETE", `${target}&name=Sign%20up`);
  });

  test.each([
    ["PUT", target, { ...definition, filters: [["is", "event:colour", ["red"]]] }, "filters[0][1]"],
    ["PUT", target, { ...definition, colour: "red" }, "colour"],
    ["PUT", target, { filters: definition.filters }, "name"],
    ["PUT", path, definition, "site_id"],
    ["DELETE", target, undefined, "name"],
  ])("refuses %s %s with %p", async (method, to, body, field) => {
    const answer = await call(method, to, { body });
    expect(answer).toMatchObject({ status: 422, body: { error: "invalid_field" } });
    expect(Object.keys(answer.body["fields"] as object)).toContain(field);
  });
});

describe("/keys", () => {
  test("creates a key that is in force at once", async () => {
    const body = { kind: "write", site_id: "closed.example" };
    const unconfirmed = await call("POST", "/keys", { body });
    expect(unconfirmed).toMatchObject({ status: 409, body: { error: "confirmation_required" } });
    const { key, key_id } = await newKey(body);
    expect(kindOfKey(String(key))).toBe("write");
    const event = sampleBody({ site_id: "closed.example" });
    expect((await sendEvent(file.engine, event)).status).toBe(401);
    const withKey = await call("POST", "/event", { key: String(key), body: event });
    expect(withKey.status).toBe(202);
    const { body: listed } = await call("GET", "/keys?site_id=closed.example");
    expect(listed["keys"]).toMatchObject([{ key_id, kind: "write", site_id: "closed.example" }]);
    expect(JSON.stringify(listed)).not.toContain(String(key));
  });

  test("revokes a key at once, and deletes it only then", async () => {
    const created = await newKey({ kind: "write", site_id: "ended.example" });
    const path = `/keys?key_id=${String(created["key_id"])}`;
    expect(await call("DELETE", path)).toMatchObject({
      status: 409,
      body: { error: "confirmation_required" },
    });
    expect(await call("DELETE", `${path}&confirm=true`)).toMatchObject({
      status: 409,
      body: { error: "key_in_force" },
    });
    const revoked = await call("POST", "/keys/revoke", { body: { key_id: created["key_id"] } });
    expect(revoked.status).toBe(200);
    expect(revoked.body["revoked_at"]).toBeString();
    const deleted = await call("DELETE", `${path}&confirm=true`);
    expect(deleted).toMatchObject({ status: 200, body: { key_id: created["key_id"] } });
    expect(await call("DELETE", path)).toMatchObject({ status: 404 });
  });

  test.each([
    [{ kind: "root" }, "kind"],
    [{ kind: "write" }, "site_id"],
    [{ kind: "read", expires_at: "never" }, "expires_at"],
    [{ kind: "read", limits: { per_hour: 1 } }, "limits"],
    [{ kind: "write", site_id: "c", confirm: "yes" }, "confirm"],
  ])("refuses to create %p", async (body, field) => {
    const answer = await call("POST", "/keys", { body });
    expect(answer).toMatchObject({ status: 422 });
    expect(Object.keys(answer.body["fields"] as object)).toEqual([field]);
  });
});

describe("an admin key of one site", () => {
  let key = "";

  beforeAll(async () => {
    key = String((await newKey({ kind: "admin", site_id: "own.example" }))["key"]);
    await newKey({ kind: "write", site_id: "own.example" });
    await newKey({ kind: "write", site_id: "other.example" });
    await eventually(async () => expect((await call("GET", "/keys", { key })).status).toBe(200));
  });

  test("sees its own site and keys only", async () => {
    const { body } = await call("GET", "/keys", { key });
    const sites = (body["keys"] as { site_id: string }[]).map(({ site_id }) => site_id);
    expect(new Set(sites)).toEqual(new Set(["own.example"]));
    const { body: listed } = await call("GET", "/sites", { key });
    expect(listed["sites"]).toMatchObject([{ site_id: "own.example" }]);
  });

  test.each([
    ["POST", "/sites", { site_id: "other.example" }],
    ["PATCH", "/sites?site_id=other.example", { name: "mine" }],
    ["DELETE", "/sites?site_id=other.example", undefined],
    ["GET", "/keys?site_id=other.example", undefined],
    ["POST", "/keys", { kind: "write", site_id: "other.example" }],
    ["POST", "/keys", { kind: "admin" }],
  ])("gets a 403 for %s %s of another", async (method, path, body) => {
    const answer = await call(method, path, { key, body });
    expect(answer).toMatchObject({ status: 403, body: { error: "wrong_site" } });
  });

  test("creates at most 1,000 keys", async () => {
    const hashes = Array.from({ length: 1_000 }, (_, i) => i);
    await file.servers.sql`
      INSERT INTO site_keys (site_id, key_id, kind, hash, label, limits)
      SELECT 'own.example', 'many' || i, 'read', sha256(i::text::bytea), '', '{}'
      FROM unnest(${hashes}::int[]) AS many (i)`;
    const body = { kind: "read", site_id: "own.example" };
    const answer = await call("POST", "/keys", { key, body });
    expect(answer).toMatchObject({ status: 422, body: { error: "invalid_field" } });
  });

  test("cannot revoke or delete a key of another site", async () => {
    const { body } = await call("GET", "/keys?site_id=other.example");
    const [other] = body["keys"] as { key_id: string }[];
    const revoked = await call("POST", "/keys/revoke", { key, body: { key_id: other?.key_id } });
    expect(revoked).toMatchObject({ status: 404 });
    const deleted = await call("DELETE", `/keys?key_id=${other?.key_id}&confirm=true`, { key });
    expect(deleted).toMatchObject({ status: 404 });
  });
});

test("the admin of one site cannot open reading for all", async () => {
  await using servers = await openEngineServers({ database: "migrated" });
  const args = ["keys", "create", "--admin", "--site", "own.example", "--json", "--yes"];
  const { stdout } = await runQueueflow(args, { env: servers.env });
  const { key, key_id } = JSON.parse(stdout) as Record<string, string>;
  await using engine = await startEngine({ env: { ...servers.env, INGEST_WORKERS: "1" } });
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const body = JSON.stringify({ key_id });
  const revoked = await ask(engine, "/keys/revoke", { method: "POST", headers, body });
  expect(revoked.status).toBe(200);
  const path = `/keys?key_id=${key_id}&confirm=true`;
  const deleted = await ask(engine, path, { method: "DELETE", headers });
  expect(["wrong_site", "key_revoked"]).toContain(String(deleted.body["error"]));
  expect((await ask(engine, "/stats?site_id=other.example")).status).toBe(401);
});
