import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { waitForBacklog } from "../../src/cli/forget/wait-for-backlog.ts";
import { Servers } from "../../src/cli/servers.ts";
import { processShell } from "../../src/cli/shell.ts";
import { storeBatch } from "../../src/consume/store-batch.ts";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import { decodeDayEvents } from "../../src/reporting/columns/decode-day-events.ts";
import { storeByInsert } from "../../src/store/batch/store-by-insert.ts";
import { openSql } from "../../src/store/open-sql.ts";
import { readChunk } from "../../src/store/packing/chunks.ts";
import { readMirror } from "../../src/stream/access/read-mirror.ts";
import { readNew } from "../../src/stream/consumer-group.ts";
import { deleteProcessed } from "../../src/stream/forget-entries.ts";
import { batchOf } from "../consume/storing-context.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { emptyFolder } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { packAllSites } from "../support/packing.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleEvent } from "../support/sample-event.ts";
import { idsOf } from "../support/stream-fixture.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { outputOf, runQueueflow, startQueueflow } from "./run-queueflow.ts";

const SITE = "example.com";
const GROUP = "analytics_workers";
const DAYS = ["2026-01-14", "2026-01-15", "2026-01-16"] as const;
const FORGET = ["forget", "--site", SITE, "--user", "ann", "--yes"];
const FORGET_SITE = ["forget-site", "--site", SITE, "--yes"];
const NOTHING = `Nothing of user "ann" of site "${SITE}" is stored. Ids must match exactly.`;
const PROVEN = "Verified: the rollups match the events, and a search finds nothing of it.";
const TIMEOUT_MS = 60_000;
const DAY_MS = 24 * 60 * 60 * 1_000;

const redisOfFile = useTestRedis();
const file = useTestDatabase();

let stream: string;
beforeEach(async () => {
  stream = redisOfFile.streamKey();
  await redisOfFile.redis.xgroup("CREATE", stream, GROUP, "0", "MKSTREAM");
  await file.sql`
    TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_path_floors, daily_site_users, dead_events,
      pruned_days, retention_state, sites, site_keys, site_packing, day_chunks`;
});

function env(): Readonly<Record<string, string>> {
  return { DATABASE_URL: file.url, REDIS_URL: redisOfFile.url, REDIS_STREAM: stream };
}

async function queueflow(...args: readonly string[]) {
  return await runQueueflow(args, { env: env() });
}

function eventOf(userId: string, own: Partial<AnalyticsEvent> = {}): AnalyticsEvent {
  return sampleEvent({ siteId: SITE, userId, timestamp: `${DAYS[0]}T12:00:00.000Z`, ...own });
}

/** Appends entries, one of which may have fields of another program. */
async function append(entries: readonly (AnalyticsEvent | readonly string[])[]): Promise<void> {
  for (const entry of entries) {
    const fields = "siteId" in entry ? encodeEntry(entry) : entry;
    await redisOfFile.redis.xadd(stream, "*", ...fields);
  }
}

/** Stores the backlog as a consumer does, and returns a function that acknowledges it. */
async function deliver(): Promise<() => Promise<void>> {
  const { redis } = redisOfFile;
  const key = { stream, group: GROUP, consumer: "worker" };
  const { entries } = await readNew(redis, key, { entriesMax: 10_000, blockMs: 0 });
  await storeBatch(file.database, batchOf(entries, { stream }));
  const ids = entries.map(({ id }) => id);
  return async () => void (ids.length > 0 && (await redis.xack(stream, GROUP, ...ids)));
}

async function store(entries: readonly (AnalyticsEvent | readonly string[])[]): Promise<void> {
  await append(entries);
  await (await deliver())();
}

/** Waits for the backlog as the command does, and shows its progress. */
function startWaiting(own: { readonly giveUpMs?: number } = {}) {
  const stopping = new AbortController();
  const servers = new Servers({ env: env(), folder: emptyFolder() });
  const { output, text } = outputOf();
  const shell = { ...processShell(), env: env(), stderr: Object.assign(output, { isTTY: true }) };
  const { redis } = redisOfFile;
  const shards = [{ redis, key: { stream, group: GROUP } }];
  const start = waitForBacklog({ shell, servers, shards, signal: stopping.signal, ...own });
  return {
    start,
    untilShown: async (shown: string) => await eventually(() => expect(text()).toContain(shown)),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await start.catch(() => undefined);
      await servers.close();
    },
  };
}

/** Every table with events or numbers. */
async function tables() {
  const read = async (columns: string, table: string) => [
    ...(await file.sql.unsafe(`SELECT ${columns} FROM ${table} ORDER BY 1, 2, 3`).values()),
  ];
  return {
    events: await read("site_id, user_id, event_id::text", "events"),
    stats: await read(
      "site_id, date::text, total_views::int, unique_users::int",
      "daily_site_stats",
    ),
    paths: await read("site_id, date::text, path, views::int", "daily_site_path_counts"),
    users: await read("site_id, date::text, user_id", "daily_site_users"),
    letters: await read("fields::text, reason, entry_id", "dead_events"),
  };
}

async function usersOf(table: "events" | "daily_site_users"): Promise<readonly string[]> {
  const rows = await file.sql`SELECT DISTINCT user_id FROM ${file.sql(table)} ORDER BY 1`.values();
  return rows.map(([userId]) => userId);
}

describe("queueflow forget", () => {
  test("removes a user everywhere and nobody else", async () => {
    const others = [
      eventOf("bob"),
      eventOf("bob", { path: "/users/ann" }),
      eventOf("anna"),
      eventOf("Ann"),
      eventOf("ann", { siteId: "other.example" }),
      ["site_id", "other.example", "payload", '{"user":"ann"}'],
      ["site_id", SITE, "user_id", "bob", "path", "/ann"],
      ["site_id", SITE, "payload", '{"user":"anna"}'],
    ];
    await store(others);
    const before = await tables();
    await store([
      eventOf("ann", { path: "/only-ann" }),
      ...DAYS.map((day) => eventOf("ann", { timestamp: `${day}T23:59:59.999Z` })),
      ["site_id", SITE, "user_id", "ann", "path", "/", "timestamp", "never"],
      ["site_id", SITE, "payload", '{"user":"ann"}'],
      ["user_id", "ann"],
    ]);
    const { exitCode, stdout, stderr } = await queueflow(...FORGET);
    expect(stderr).toBe("");
    expect(stdout.split("\n").slice(0, 7)).toEqual([
      `Stored of user "ann" of site "${SITE}":`,
      "  4 events on 3 days, from 2026-01-14T12:00:00.000Z to 2026-01-16T23:59:59.999Z",
      expect.stringMatching(/^ {2}3 dead letters: \d+, \d+, \d+$/),
      "  7 entries that Redis retains",
      "Removed 4 events, 3 dead letters and 7 entries of the stream.",
      PROVEN,
      "What this command cannot reach:",
    ]);
    expect(exitCode).toBe(0);
    expect(await tables()).toEqual(before);
    expect(await idsOf(redisOfFile.redis, stream)).toHaveLength(others.length);
    expect(JSON.stringify(await redisOfFile.redis.xrange(stream, "-", "+"))).not.toContain("only");
    await checkInvariants(file.sql);
    const again = await queueflow(...FORGET);
    expect(again).toMatchObject({ exitCode: 0, stderr: "" });
    expect(again.stdout).toStartWith(`${NOTHING}\n${PROVEN}\n`);
  });

  test("shows what it found and asks", async () => {
    await store([eventOf("ann")]);
    const unasked = FORGET.filter((word) => word !== "--yes");
    const refused = await queueflow(...unasked);
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toContain("add --yes");
    const options = { env: env(), isTerminal: true };
    const declined = await runQueueflow(unasked, { ...options, stdin: "n\n" });
    expect(declined.stdout).toContain("1 event on 1 day");
    expect(declined.stderr).toEndWith("permanently? [y/N] queueflow: Removed nothing\n");
    expect(declined.exitCode).toBe(1);
    expect(await usersOf("events")).toEqual(["ann"]);
    expect((await runQueueflow(unasked, { ...options, stdin: "y\n" })).exitCode).toBe(0);
    expect(await usersOf("events")).toEqual([]);
  });

  test.each([
    [["forget", "--site", SITE]],
    [["forget", "--user", "ann"]],
    [["forget-site"]],
    [["forget", "--site", "", "--user", "ann"]],
    [["forget", "--site", SITE, "--user", ""]],
    [["forget", "--site", SITE, "--user", "a".repeat(257)]],
    [["forget", "--site", SITE, "--user", "a\0b"]],
  ])("refuses %j", async (args) => {
    await store([eventOf("ann")]);
    expect(await queueflow(...args, "--yes")).toMatchObject({ exitCode: 2, stdout: "" });
    expect(await usersOf("events")).toEqual(["ann"]);
  });

  test("keeps what arrives after its start", async () => {
    const shared = { timestamp: `${DAYS[1]}T12:00:00.000Z`, path: "/shared" };
    const repeated = eventOf("ann", shared);
    await store([repeated, eventOf("ann")]);
    const unasked = FORGET.filter((word) => word !== "--yes");
    const command = startQueueflow(unasked, { env: env(), isTerminal: true });
    await eventually(() => expect(command.errors()).toContain("permanently?"));
    const later = eventOf("ann", shared);
    await store([later, ["site_id", SITE, "user_id", "ann"]]);
    command.stdin.end("y\n");
    expect(await command.result).toMatchObject({ exitCode: 0 });
    const kept = await file.sql`SELECT event_id::text FROM events`.values();
    expect([...kept]).toEqual([[later.eventId]]);
    const users = await file.sql`SELECT date::text, user_id FROM daily_site_users`.values();
    expect([...users]).toEqual([[DAYS[1], "ann"]]);
    expect(await idsOf(redisOfFile.redis, stream)).toHaveLength(2);
    expect(await file.sql`SELECT FROM dead_events`).toHaveLength(1);
    await checkInvariants(file.sql);
    await store([repeated]);
    expect(await checkInvariants(file.sql)).toBe(2);
  });

  test("waits for entries committed but not acknowledged", async () => {
    await append([eventOf("ann")]);
    const acknowledge = await deliver();
    await using waiting = startWaiting();
    await waiting.untilShown("1 event left");
    expect(await file.sql`SELECT FROM retention_state WHERE forgotten_at IS NOT NULL`).toHaveLength(
      1,
    );
    await acknowledge();
    await waiting.start;
    expect(await queueflow(...FORGET)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await usersOf("events")).toEqual([]);
    expect(await idsOf(redisOfFile.redis, stream)).toEqual([]);
  });

  test("covers a backlog whose ids are in the future", async () => {
    const id = `${Date.now() + DAY_MS}-0`;
    await redisOfFile.redis.xadd(stream, id, ...encodeEntry(eventOf("ann")));
    await using waiting = startWaiting();
    await waiting.untilShown("1 event left");
    await (await deliver())();
    const { cut } = await waiting.start;
    const [row] = await file.sql`SELECT id::text FROM events`;
    expect(cut.settledId).toBe(BigInt(row?.["id"] ?? 0));
  });

  test.each([GROUP, "another program"])("names group %j while it stands still", async (group) => {
    await store([eventOf("ann")]);
    if (group === GROUP) await append([eventOf("bob")]);
    else {
      await redisOfFile.redis.xgroup("CREATE", stream, group, "0");
      await redisOfFile.redis.xgroup("CREATECONSUMER", stream, group, "reader");
    }
    await using waiting = startWaiting({ giveUpMs: 0 });
    expect(await rejectionOf(waiting.start)).toHaveProperty(
      "message",
      expect.stringContaining(`Removed nothing: the consumer group ${JSON.stringify(group)}`),
    );
  });

  test("leaves the numbers right beside a batch being stored", async () => {
    await store([eventOf("ann")]);
    const unasked = FORGET.filter((word) => word !== "--yes");
    const command = startQueueflow(unasked, { env: env(), isTerminal: true });
    await eventually(() => expect(command.errors()).toContain("permanently?"));
    await file.database.transaction(TIMEOUT_MS, async (tx) => {
      const receivedAt = new Date(Date.now() + DAY_MS).toISOString();
      await storeByInsert(tx, [{ ...eventOf("ann"), receivedAt }]);
      command.stdin.end("y\n");
      const isWaiting = eventually(async () => {
        const waiting = await file.sql`SELECT FROM pg_locks WHERE NOT granted`;
        expect(waiting.length).toBeGreaterThan(0);
      });
      await Promise.race([command.result, isWaiting]);
    });
    expect(await command.result).toMatchObject({ exitCode: 0 });
    expect(await checkInvariants(file.sql)).toBe(1);
    expect(await usersOf("daily_site_users")).toEqual(["ann"]);
  });

  test("fails when the numbers were wrong before", async () => {
    await store([eventOf("ann"), eventOf("bob")]);
    await file.sql`UPDATE daily_site_path_counts SET views = views + 1`;
    const { exitCode, stdout, stderr } = await queueflow(...FORGET);
    expect(stdout).toContain("path /pricing: 1 event, views 2");
    expect(stderr).toContain("The rollups do not match the events: ");
    expect(exitCode).toBe(1);
    expect(await usersOf("events")).toEqual(["bob"]);
  });

  test("fails while something is left", async () => {
    await store([eventOf("ann")]);
    const unasked = FORGET.filter((word) => word !== "--yes");
    const command = startQueueflow(unasked, { env: env(), isTerminal: true });
    await eventually(() => expect(command.errors()).toContain("permanently?"));
    await redisOfFile.redis.xgroup("SETID", stream, GROUP, "0");
    command.stdin.end("y\n");
    const { exitCode, stderr } = await command.result;
    expect(stderr).toContain("A search still finds of user");
    expect(stderr).toContain("1 entry that Redis retains");
    expect(exitCode).toBe(1);
    await (await deliver())();
    expect((await queueflow(...FORGET)).exitCode).toBe(0);
  });

  test("takes entries from a group that nobody reads", async () => {
    const { redis } = redisOfFile;
    await store([eventOf("ann"), eventOf("bob")]);
    await redis.xgroup("CREATE", stream, "since_backup", "0");
    expect(await queueflow(...FORGET)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await idsOf(redis, stream)).toHaveLength(1);
  });

  test("leaves entries that were delivered again", async () => {
    const { redis } = redisOfFile;
    await store([eventOf("ann"), eventOf("ann"), eventOf("ann")]);
    const ids = await idsOf(redis, stream);
    await redis.xgroup("SETID", stream, GROUP, ids[0] ?? "");
    await readNew(
      redis,
      { stream, group: GROUP, consumer: "worker" },
      { entriesMax: 1, blockMs: 0 },
    );
    expect(await deleteProcessed(redis, { stream, group: GROUP }, ids)).toBe(1);
    expect(await idsOf(redis, stream)).toEqual(ids.slice(1));
    expect(await deleteProcessed(redis, { stream, group: "missing" }, ids)).toBe(0);
  });

  test("says which server is away and removes nothing", async () => {
    await store([eventOf("ann")]);
    for (const away of [
      { REDIS_URL: "redis://127.0.0.1:1" },
      { DATABASE_URL: "postgres://u:p@127.0.0.1:1/d" },
    ]) {
      const { exitCode, stderr } = await runQueueflow(FORGET, { env: { ...env(), ...away } });
      expect(stderr).toStartWith(`queueflow: Cannot forget user "ann" of site "${SITE}":`);
      expect(exitCode).toBe(1);
    }
    expect(await usersOf("events")).toEqual(["ann"]);
  });

  test("keeps the views of pruned events without the user", async () => {
    await store([eventOf("ann"), eventOf("ann", { path: "/b" }), eventOf("bob")]);
    await file.sql`DELETE FROM events WHERE path <> '/b'`;
    await file.sql`INSERT INTO pruned_days VALUES (${SITE}, ${DAYS[0]}, 2)`;
    const { exitCode, stdout } = await queueflow(...FORGET);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("  1 day had events of the site pruned before they were packed");
    const { stats, paths, users } = await tables();
    expect({ stats, paths, users }).toEqual({
      stats: [[SITE, DAYS[0], 2, 1]],
      paths: [[SITE, DAYS[0], "/pricing", 2]],
      users: [[SITE, DAYS[0], "bob"]],
    });
    expect((await queueflow("verify")).exitCode).toBe(0);
    expect((await queueflow(...FORGET)).stdout).toStartWith(NOTHING);
  });

  test("removes a user of whom only pruned events are known", async () => {
    await store([eventOf("ann"), eventOf("bob")]);
    await file.sql`DELETE FROM events`;
    await file.sql`INSERT INTO pruned_days VALUES (${SITE}, ${DAYS[0]}, 2)`;
    expect((await queueflow(...FORGET)).stdout).toContain(
      "1 more day without rows, in daily_site_users or in day_chunks",
    );
    expect(await usersOf("daily_site_users")).toEqual(["bob"]);
    expect((await queueflow("verify")).exitCode).toBe(0);
  });

  test("removes events that a wrong clock received in the future", async () => {
    await store([eventOf("ann")]);
    await file.sql`UPDATE events SET received_at = '2100-01-01'`;
    expect((await queueflow(...FORGET)).exitCode).toBe(0);
    expect(await usersOf("events")).toEqual([]);
  });

  test("is finished by another run when interrupted", async () => {
    await store(DAYS.map((day) => eventOf("ann", { timestamp: `${day}T12:00:00.000Z` })));
    await file.sql.begin(async (tx) => {
      await tx`SELECT FROM daily_site_stats WHERE date = ${DAYS[1]} FOR UPDATE`;
      const command = startQueueflow(FORGET, { env: env() });
      await eventually(async () => {
        expect((await tx`SELECT FROM pg_locks WHERE NOT granted`).length).toBeGreaterThan(0);
      });
      command.interrupt();
      const { exitCode, stderr } = await command.result;
      expect(stderr).toEndWith(
        "Stopped after 1 event, 0 dead letters and 0 entries of the stream; run it again to remove the rest\n",
      );
      expect(exitCode).toBe(130);
    });
    expect(await checkInvariants(file.sql)).toBe(2);
    expect((await queueflow(...FORGET)).stdout).toContain("Removed 2 events, 0 dead letters and 3");
    expect(await checkInvariants(file.sql)).toBe(0);
  });

  test(
    "runs twice at once, beside a rebuild and a verify",
    async () => {
      const events = Array.from({ length: 60 }, (_, number) =>
        eventOf(number % 2 === 0 ? "ann" : "bob", {
          timestamp: `${DAYS[number % 3]}T12:00:00.000Z`,
        }),
      );
      await store(events);
      const rebuild = ["rebuild", "--site", SITE, "--from", DAYS[0], "--to", DAYS[2]];
      const outcomes = await Promise.all([
        queueflow(...FORGET),
        queueflow(...rebuild),
        queueflow(...FORGET),
        queueflow("verify"),
      ]);
      expect(outcomes.map(({ stderr }) => stderr)).toEqual(["", "", "", ""]);
      expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
      expect(await checkInvariants(file.sql)).toBe(30);
      expect(await usersOf("daily_site_users")).toEqual(["bob"]);
    },
    TIMEOUT_MS,
  );
});

/** Deletes the rows of a day, as a prune does once they are packed. */
async function pruneDay(day: string): Promise<void> {
  await file.sql`
    WITH deleted AS (
      DELETE FROM events WHERE timestamp::date = ${day}::text::date RETURNING site_id
    )
    INSERT INTO pruned_days (site_id, date, events, packed)
    SELECT site_id, ${day}::text::date, count(*), count(*) FROM deleted GROUP BY site_id`;
}

/** Returns whether a text is anywhere in the chunks of a site, and the events of each part. */
async function inChunks(siteId: string, text: string) {
  const sql = openSql({ url: file.url, connectionsMax: 1 });
  const parts = await file.sql`
    SELECT date::text, part::text, events, version::int FROM day_chunks WHERE site_id = ${siteId} ORDER BY date`;
  let isThere = false;
  for (const { date, part, events } of parts) {
    const columns = await readChunk(sql, siteId, { date: String(date), part: String(part) });
    const { userTexts, texts } = decodeDayEvents(columns, Number(events));
    for (const column of [userTexts, ...Object.values(texts)]) {
      if (column && Buffer.from(column.bytes).includes(text)) isThere = true;
    }
  }
  await sql.close();
  return {
    isThere,
    events: parts.map((row) => Number(row["events"])),
    versions: parts.map((row) => Number(row["version"])),
  };
}

describe("packed events", () => {
  const own = { path: "/only-ann", title: "a title of ann" };
  const events = DAYS.flatMap((day) => [
    eventOf("ann", { ...own, timestamp: `${day}T12:00:00.000Z` }),
    eventOf("ann", { timestamp: `${day}T12:00:01.000Z` }),
    eventOf("anna", { timestamp: `${day}T12:00:02.000Z` }),
    eventOf("bob", { path: "/only-bob", timestamp: `${day}T12:00:03.000Z` }),
  ]);

  test("of a user leave the chunks, also of pruned days", async () => {
    await store([...events, eventOf("ann", { siteId: "other.example" })]);
    await packAllSites(file.url);
    await pruneDay(DAYS[0]);
    const before = await inChunks(SITE, "ann");
    expect(before).toMatchObject({ isThere: true, events: [4, 4, 4] });
    // In no chunk yet.
    await store([eventOf("ann", { ...own, timestamp: `${DAYS[1]}T13:00:00.000Z` })]);
    const { stderr, stdout, exitCode } = await queueflow(...FORGET);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(stdout).toContain("Removed 7 events");
    expect(stdout).not.toContain("pruned before");
    expect(await inChunks(SITE, "only-ann")).toMatchObject({ isThere: false, events: [2, 2, 2] });
    expect(await inChunks(SITE, "title of ann")).toMatchObject({ isThere: false });
    expect(await inChunks(SITE, "anna")).toMatchObject({ isThere: true });
    expect(await inChunks("other.example", "ann")).toMatchObject({ isThere: true });
    const { versions } = await inChunks(SITE, "");
    expect(versions.every((version) => !before.versions.includes(version))).toBe(true);
    const days = await file.sql`
      SELECT date::text, total_views::int, unique_users::int FROM daily_site_stats WHERE site_id = ${SITE} ORDER BY date`;
    expect([...days]).toEqual(
      DAYS.map((date) => ({ date, total_views: 2, unique_users: 2 })) as never,
    );
    const pruned =
      await file.sql`SELECT events::int, packed::int FROM pruned_days WHERE site_id = ${SITE}`;
    expect([...pruned]).toEqual([{ events: 2, packed: 2 }] as never);
    expect((await queueflow(...FORGET)).stdout).toStartWith(NOTHING);
  });

  test("of a user leave a day of which only some rows are pruned", async () => {
    await store(events);
    await packAllSites(file.url);
    await pruneDay(DAYS[0]);
    // On the same page as a pruned event.
    await store([eventOf("ann", { ...own, timestamp: `${DAYS[0]}T13:00:00.000Z` })]);
    const { stderr, stdout, exitCode } = await queueflow(...FORGET);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(stdout).toContain("Removed 7 events");
    expect((await queueflow("verify")).exitCode).toBe(0);
  });

  test("of a user that arrive after a forget began stay in chunks", async () => {
    await store(events);
    const unasked = FORGET.filter((word) => word !== "--yes");
    const command = startQueueflow(unasked, { env: env(), isTerminal: true });
    await eventually(() => expect(command.errors()).toContain("permanently?"));
    await store([eventOf("ann", { timestamp: `${DAYS[1]}T13:00:00.000Z` })]);
    await packAllSites(file.url);
    command.stdin.end("y\n");
    expect(await command.result).toMatchObject({ exitCode: 0 });
    expect(await usersOf("events")).toEqual(["ann", "anna", "bob"]);
    expect(await inChunks(SITE, "only-ann")).toMatchObject({ isThere: false, events: [2, 3, 2] });
    expect(await queueflow("verify")).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("of a site leave with it", async () => {
    await store([...events, eventOf("ann", { siteId: "other.example" })]);
    await packAllSites(file.url);
    await pruneDay(DAYS[0]);
    const { stderr, exitCode } = await queueflow(...FORGET_SITE);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(await inChunks(SITE, "")).toMatchObject({ events: [] });
    expect(await inChunks("other.example", "ann")).toMatchObject({ isThere: true });
    expect(await file.sql`SELECT FROM pruned_days WHERE site_id = ${SITE}`).toHaveLength(0);
    expect(await file.sql`SELECT FROM daily_site_stats WHERE site_id = ${SITE}`).toHaveLength(0);
  });
});

describe("queueflow forget-site", () => {
  test("removes a site everywhere and no other", async () => {
    const others = [
      eventOf("ann", { siteId: "other.example" }),
      ["site_id", "other.example", "payload", SITE],
      ["payload", `not${SITE}`],
    ];
    await store(others);
    const before = await tables();
    await store([
      ...DAYS.map((day) => eventOf("ann", { timestamp: `${day}T12:00:00.000Z` })),
      eventOf("bob"),
      ["site_id", SITE],
      ["hostname", SITE],
    ]);
    await file.sql`INSERT INTO pruned_days VALUES (${SITE}, ${DAYS[1]}, 1)`;
    await file.sql`UPDATE daily_site_stats SET total_views = 2 WHERE date = ${DAYS[1]}`;
    await file.sql`UPDATE daily_site_path_counts SET views = 2 WHERE date = ${DAYS[1]}`;
    const { exitCode, stdout, stderr } = await queueflow(...FORGET_SITE);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("Removed 4 events, 2 dead letters and 6 entries of the stream.");
    expect(await tables()).toEqual(before);
    expect(await file.sql`SELECT FROM pruned_days`).toHaveLength(0);
    expect(await idsOf(redisOfFile.redis, stream)).toHaveLength(others.length);
    await checkInvariants(file.sql);
  });

  test("removes settings and keys, also from the mirror", async () => {
    const { redis } = redisOfFile;
    for (const site of [SITE, "other.example"]) {
      await file.sql`INSERT INTO sites (site_id, name) VALUES (${site}, 'A site')`;
      await file.sql`
        INSERT INTO site_keys (site_id, key_id, kind, hash) VALUES (${site}, ${site}, 'write', sha256(${site}::text::bytea))`;
    }
    const { exitCode, stdout } = await queueflow(...FORGET_SITE);
    expect({ exitCode }).toEqual({ exitCode: 0 });
    expect(stdout).toContain("  its settings\n  1 key; without keys of its own, the site may");
    const mirrored = await readMirror(redis, stream);
    for (const { siteId } of [
      ...(mirrored?.document?.sites ?? []),
      ...(mirrored?.document?.keys ?? []),
    ]) {
      expect(siteId).toBe("other.example");
    }
    expect(mirrored?.document?.keys).toHaveLength(1);
    expect(await file.sql`SELECT FROM site_keys`).toHaveLength(1);
  });

  test("keeps what arrives after its start", async () => {
    await store([eventOf("ann"), eventOf("bob"), eventOf("bob", { path: "/b" })]);
    const unasked = FORGET_SITE.filter((word) => word !== "--yes");
    const command = startQueueflow(unasked, { env: env(), isTerminal: true });
    await eventually(() => expect(command.errors()).toContain("permanently?"));
    await store([eventOf("bob", { path: "/b" })]);
    command.stdin.end("y\n");
    expect(await command.result).toMatchObject({ exitCode: 0 });
    expect(await checkInvariants(file.sql)).toBe(1);
    expect(await usersOf("daily_site_users")).toEqual(["bob"]);
  });

  test("is finished by another run when interrupted", async () => {
    await store([eventOf("ann"), eventOf("bob")]);
    await file.sql.begin(async (tx) => {
      await tx`SELECT FROM daily_site_stats FOR UPDATE`;
      const command = startQueueflow(FORGET_SITE, { env: env() });
      await eventually(async () => {
        expect((await tx`SELECT FROM pg_locks WHERE NOT granted`).length).toBeGreaterThan(0);
      });
      command.interrupt();
      expect((await command.result).exitCode).toBe(130);
    });
    expect((await queueflow("verify")).exitCode).toBe(0);
    expect((await queueflow(...FORGET_SITE)).exitCode).toBe(0);
    expect(Object.values(await tables()).flat()).toEqual([]);
    expect(await file.sql`SELECT FROM pruned_days`).toHaveLength(0);
  });
});

const anyEvent = fc
  .record({
    siteId: fc.constantFrom(SITE, "other.example"),
    userId: fc.constantFrom("ann", "bob", "Ann"),
    path: fc.constantFrom("/", "/a", "/b"),
    day: fc.constantFrom(...DAYS),
  })
  .map(({ day, ...event }) => sampleEvent({ ...event, timestamp: `${day}T12:00:00.000Z` }));

test.each([
  [FORGET, (event: AnalyticsEvent) => event.siteId === SITE && event.userId === "ann"],
  [FORGET_SITE, (event: AnalyticsEvent) => event.siteId === SITE],
])(
  "%j leaves the tables as if none had been sent",
  async (args, isForgotten) => {
    const property = fc.asyncProperty(fc.array(anyEvent, { maxLength: 30 }), async (events) => {
      const truncate = async () =>
        await file.sql`TRUNCATE events, daily_site_stats, daily_site_path_counts, daily_site_users`;
      await truncate();
      await store(events.filter((event) => !isForgotten(event)));
      const expected = await tables();
      await truncate();
      await store(events);
      expect((await queueflow(...args)).exitCode).toBe(0);
      expect(await tables()).toEqual(expected);
    });
    await fc.assert(property, { numRuns: 10 });
  },
  TIMEOUT_MS,
);
