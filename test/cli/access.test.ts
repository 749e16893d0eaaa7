import { beforeEach, describe, expect, test } from "bun:test";
import { kindOfKey } from "../../src/access/key.ts";
import { noteKeyless } from "../../src/stream/access/keyless.ts";
import { readMirror } from "../../src/stream/access/read-mirror.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { runQueueflow } from "./run-queueflow.ts";

const redisOfFile = useTestRedis();
const file = useTestDatabase();
let stream = "";

beforeEach(async () => {
  stream = redisOfFile.streamKey();
  await file.sql`TRUNCATE sites, site_keys`;
});

async function queueflow(...args: readonly string[]) {
  const env = { DATABASE_URL: file.url, REDIS_URL: redisOfFile.url, REDIS_STREAM: stream };
  return await runQueueflow(args, { env });
}

async function createKey(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout, exitCode } = await queueflow("keys", "create", ...args, "--json", "--yes");
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function mirrored() {
  return (await readMirror(redisOfFile.redis, stream))?.document;
}

describe("queueflow sites", () => {
  test("says that none have settings", async () => {
    expect(await queueflow("sites", "list")).toMatchObject({
      exitCode: 0,
      stdout: "No sites have settings.\n",
    });
  });

  test("adds a site and puts it in force", async () => {
    const options = ["--time-zone", "Europe/Berlin", "--origins", "https://a.example"];
    const added = await queueflow("sites", "add", "a.example", ...options);
    expect(added).toMatchObject({ exitCode: 0, stdout: "Added a.example.\n" });
    expect((await mirrored())?.sites).toMatchObject([
      { siteId: "a.example", timeZone: "Europe/Berlin", origins: ["https://a.example"] },
    ]);
    const again = await queueflow("sites", "add", "a.example");
    expect(again).toMatchObject({ exitCode: 1 });
    expect(again.stderr).toContain("exists already");
  });

  test("changes what is given, and clears with none", async () => {
    await queueflow("sites", "add", "a", "--origins", "https://a.example", "https://b.example");
    await queueflow("sites", "set", "a", "--events-per-second", "10", "--events-per-day", "1000");
    const args = ["--origins", "none", "--events-per-second", "none", "--exclude-paths", "/x/**"];
    const { stdout } = await queueflow("sites", "set", "a", ...args);
    expect(stdout.trim().split("\n")).toEqual([
      "Site             a",
      "Name             a",
      "Time zone        UTC",
      "Excluded paths   /x/**",
      "Page view types  page_view  pageview",
      "Events per day   1,000",
    ]);
    const [site] = (await mirrored())?.sites ?? [];
    expect(site).toMatchObject({ origins: [], limits: { events_per_day: 1_000 } });
  });

  test("prints sites as JSON", async () => {
    await queueflow("sites", "add", "a", "--name", "The shop");
    const { stdout } = await queueflow("sites", "list", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ site_id: "a", name: "The shop", limits: {} });
  });

  test("removes a site and revokes its keys", async () => {
    await createKey("--site", "a", "--write");
    expect(await queueflow("sites", "remove", "a")).toMatchObject({ exitCode: 2 });
    const removed = await queueflow("sites", "remove", "a", "--yes");
    expect(removed).toMatchObject({ exitCode: 0, stdout: "Removed a and revoked 1 key.\n" });
    const document = await mirrored();
    expect(document?.sites).toEqual([]);
    expect(document?.keys[0]?.revokedAtMs).toBeNumber();
  });

  test.each([
    [["set", "unknown", "--name", "x"], 1, "There is no site unknown"],
    [["remove", "unknown", "--yes"], 1, "There is no site unknown"],
    [["set", "a"], 2, "at least one setting"],
    [["add", "a", "--time-zone", "Berlin"], 2, "Expected time_zone to be an IANA time zone"],
    [["add", "a", "--origins", "a.example"], 2, "Expected origins to have an origin such as"],
    [["add", "a", "--events-per-day", "many"], 2, "Expected an integer, or none"],
    [["add", "a", "--events-per-second", "0"], 2, "Expected events_per_second to be"],
  ])("refuses %p", async (args, exitCode, message) => {
    const run = await queueflow("sites", ...args);
    expect(run).toMatchObject({ exitCode });
    expect(run.stderr).toContain(message);
  });
});

describe("queueflow keys", () => {
  test("creates a key that is shown once", async () => {
    const run = await queueflow("keys", "create", "--admin", "--label", "ann", "--yes");
    const key = run.stdout.trim();
    expect(run.exitCode).toBe(0);
    expect(kindOfKey(key)).toBe("admin");
    expect(run.stderr).toContain("closes reading and administering every site");
    expect(run.stderr).toContain("it is not shown again");
    const { stdout } = await queueflow("keys", "list");
    expect(stdout).toContain("ann");
    expect(stdout).not.toContain(key);
    const stored = await file.sql`SELECT * FROM site_keys`;
    expect(JSON.stringify(stored)).not.toContain(key);
    expect((await mirrored())?.keys).toHaveLength(1);
  });

  test("says what it closes and who wrote without a key", async () => {
    await noteKeyless(redisOfFile.redis, stream, [
      { siteId: "a", agent: "curl/8.5.0" },
      { siteId: "b", agent: "node" },
      { siteId: "a", agent: "\u001b[31mred" },
    ]);
    const run = await queueflow("keys", "create", "--site", "a", "--write");
    expect(run).toMatchObject({ exitCode: 2, stdout: "" });
    expect(run.stderr).toContain("closes writing to a and sending to a from browsers");
    expect(run.stderr).toContain("curl/8.5.0");
    expect(run.stderr).not.toContain("node");
    expect(run.stderr).not.toContain("\u001b");
    expect(run.stderr).toContain("add --yes");
    expect(await file.sql`SELECT * FROM site_keys`).toHaveLength(0);
  });

  test("asks nothing for a second key of a kind", async () => {
    await createKey("--site", "a", "--write");
    const run = await queueflow("keys", "create", "--site", "a", "--write");
    expect(run.exitCode).toBe(0);
    expect(run.stderr).not.toContain("closes");
  });

  test("revokes, and deletes only then", async () => {
    const { key_id: id } = await createKey("--site", "a", "--write", "--expires", "90d");
    const keyId = String(id);
    const early = await queueflow("keys", "delete", keyId, "--yes");
    expect(early).toMatchObject({ exitCode: 1 });
    expect(early.stderr).toContain("Still in force");
    const revoked = await queueflow("keys", "revoke", keyId);
    expect(revoked.stdout).toBe(`Revoked the write key ${keyId} of a.\n`);
    expect((await mirrored())?.keys[0]?.revokedAtMs).toBeNumber();
    expect((await queueflow("keys", "list")).stdout).toContain("revoked 20");
    const asked = await queueflow("keys", "delete", keyId);
    expect(asked).toMatchObject({ exitCode: 2 });
    expect(asked.stderr).toContain("writing to a and sending to a from browsers needs no key");
    expect(await queueflow("keys", "delete", keyId, "--yes")).toMatchObject({ exitCode: 0 });
    expect((await mirrored())?.keys).toEqual([]);
  });

  test("lists the keys of a site", async () => {
    await createKey("--site", "a", "--write", "--label", "first");
    await createKey("--site", "b", "--browser");
    const { stdout } = await queueflow("keys", "list", "--site", "a", "--json");
    const [line = "", ...more] = stdout.trim().split("\n");
    expect(more).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({
      kind: "write",
      site_id: "a",
      label: "first",
      last_used_at: null,
    });
    expect(JSON.parse(line)).not.toHaveProperty("hash");
  });

  test.each([
    [["create"], 2, "Give the kind of the key"],
    [["create", "--write"], 2, "Expected site_id"],
    [["create", "--read", "--admin"], 2, "cannot be used with"],
    [["create", "--read", "--expires", "tomorrow"], 2, "Expected expires_at"],
    [["create", "--read", "--events-per-day", "-1"], 2, "Expected an integer"],
    [["revoke", "nokey"], 1, "There is no key nokey"],
    [["delete", "nokey"], 1, "There is no key nokey"],
  ])("refuses %p", async (args, exitCode, message) => {
    const run = await queueflow("keys", ...args);
    expect(run).toMatchObject({ exitCode });
    expect(run.stderr).toContain(message);
  });

  test("changes nothing while Redis is away", async () => {
    const env = { DATABASE_URL: file.url, REDIS_URL: "redis://127.0.0.1:1" };
    const run = await runQueueflow(["keys", "create", "--admin", "--yes"], { env });
    expect(run).toMatchObject({ exitCode: 1, stdout: "" });
    expect(run.stderr).toContain("Cannot create the key");
    expect(await file.sql`SELECT * FROM site_keys`).toHaveLength(0);
  });
});
