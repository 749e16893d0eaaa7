import { describe, expect, test } from "bun:test";
import { readStats, sendEvent } from "../support/api-client.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { sampleBody } from "../support/sample-event.ts";

const TIMEOUT_MS = 120_000;
const DAY = "2026-01-15";

const file = useEngine({ CLAIM_IDLE_MS: "1000" });

/** The fields of an entry as the engine writes them. */
function entryOf(overrides: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    event_id: crypto.randomUUID(),
    site_id: "foreign",
    event_type: "page_view",
    path: "/foreign",
    user_id: "user-1",
    timestamp: "2026-01-15T12:00:00.000Z",
    ...overrides,
  };
}

function without(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(entryOf()).filter(([name]) => !names.includes(name)));
}

/** Appends an entry as another program does, between two events of the API. */
async function append(
  fields: readonly (string | Buffer)[] | Readonly<Record<string, string>>,
  id = "*",
): Promise<string> {
  const { redis, key } = file.servers;
  const flat = Array.isArray(fields) ? fields : Object.entries(fields).flat();
  await expectAccepted();
  const entryId = String(await redis.call("XADD", key.stream, id, ...flat));
  await expectAccepted();
  await untilDrained(file.servers);
  return entryId;
}

let neighbours = 0;

async function expectAccepted(): Promise<void> {
  const body = sampleBody({ site_id: "neighbour", event_id: crypto.randomUUID() });
  expect((await sendEvent(file.engine, body)).status).toBe(202);
  neighbours += 1;
}

async function deadLetter(entryId: string) {
  const [row] = await file.servers.sql`
    SELECT stream, fields, reason, deliveries::int FROM dead_events WHERE entry_id = ${entryId}`;
  return row;
}

describe("sets another program's entry aside with the reason when", () => {
  const entries: [string, Record<string, string>, RegExp][] = [
    ["it is no event", { greeting: "hello" }, /site_id.*event_id/s],
    ["it has no event_id", without("event_id"), /Expected event_id to be a UUID, got nothing/],
    ["it lacks two fields", without("user_id", "path"), /path to be.*user_id to be/s],
    ["its event_id is no UUID", entryOf({ event_id: "7" }), /Expected event_id to be a UUID/],
    ["its timestamp is none", entryOf({ timestamp: "infinity" }), /Expected timestamp/],
    ["its timestamp is far ahead", entryOf({ timestamp: "2999-01-01T00:00:00Z" }), /timestamp/],
    ["a field is empty", entryOf({ site_id: "" }), /Expected site_id/],
    ["a field holds NUL", entryOf({ user_id: "a\0b" }), /NUL/],
    ["a field is over its limit", entryOf({ path: "p".repeat(1_000_000) }), /at most 2048 bytes/],
    ["names are a prototype's", { ["__proto__"]: "x", constructor: "y" }, /site_id/],
    ["a name holds NUL and quotes", { 'a\0"\\': 'b\0"\\' }, /site_id/],
  ];
  for (const [what, fields, reason] of entries) {
    test(
      what,
      async () => {
        const row = await deadLetter(await append(fields));
        expect(row).toMatchObject({ stream: file.servers.key.stream, deliveries: 1 });
        expect(Object.entries(row?.["fields"] as object)).toEqual(Object.entries(fields));
        expect(row?.["reason"]).toMatch(reason);
      },
      TIMEOUT_MS,
    );
  }

  test(
    "a field is not UTF-8 and could merge two users",
    async () => {
      const flat = Object.entries(entryOf({ site_id: "not-utf8" })).flat();
      const broken = flat.map((text) => (text === "user-1" ? Buffer.from([0x75, 0xff]) : text));
      const row = await deadLetter(await append(broken));
      expect(row?.["reason"]).toMatch(/user_id/);
    },
    TIMEOUT_MS,
  );

  test(
    "PostgreSQL rejects it, and stores its neighbours",
    async () => {
      const { sql } = file.servers;
      await sql`ALTER TABLE events ADD CONSTRAINT forbidden CHECK (path <> '/forbidden')`;
      const paths = Array.from({ length: 40 }, (_, n) => (n % 13 === 5 ? "/forbidden" : `/${n}`));
      const answers = await Promise.all(
        paths.map(async (path) =>
          sendEvent(file.engine, sampleBody({ site_id: "bisect", event_id: undefined, path })),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 202));
      await untilDrained(file.servers);
      const { body } = await readStats(file.engine, { site_id: "bisect", date: DAY });
      const allowed = paths.filter((path) => path !== "/forbidden").length;
      expect(body["total_views"]).toBe(allowed);
      const dead = await sql`
      SELECT fields, reason FROM dead_events WHERE reason LIKE 'PostgreSQL rejected it%'`;
      expect(dead.length).toBe(paths.length - allowed);
      for (const { fields, reason } of dead as unknown as { fields: object; reason: string }[]) {
        expect(fields).toMatchObject({ path: "/forbidden" });
        expect(reason).toMatch(/^PostgreSQL rejected it: .*forbidden/);
      }
    },
    TIMEOUT_MS,
  );
});

describe("stores an entry of another program when", () => {
  test(
    "fields are in another order, unknown, or its id in capitals",
    async () => {
      const shuffled = Object.fromEntries(
        Object.entries(entryOf({ site_id: "good" })).toReversed(),
      );
      await append(shuffled);
      await append({ ...entryOf({ site_id: "good" }), more: "of it" });
      const capitals = entryOf({ site_id: "good", event_id: crypto.randomUUID().toUpperCase() });
      await append(capitals);
      // Sent again as it was and in lower case, it counts once.
      await append(capitals);
      await append({ ...capitals, event_id: String(capitals["event_id"]).toLowerCase() });
      const { body } = await readStats(file.engine, { site_id: "good", date: DAY });
      expect(body).toMatchObject({ total_views: 3, unique_users: 1 });
    },
    TIMEOUT_MS,
  );

  test(
    "a field is repeated: the last one counts",
    async () => {
      const flat = Object.entries(entryOf({ site_id: "twice" })).flat();
      await append([...flat, "path", "/last"]);
      const { body } = await readStats(file.engine, { site_id: "twice", date: DAY });
      expect(body["top_paths"]).toEqual([{ path: "/last", views: 1 }]);
    },
    TIMEOUT_MS,
  );

  test(
    "its id is far in the future",
    async () => {
      for (const id of ["32503680000000-7", "9007199254740993-1", "18446744073709551615-3"]) {
        await append(entryOf({ site_id: "future" }), id);
      }
      const { body, headers } = await readStats(file.engine, { site_id: "future", date: DAY });
      expect(body["total_views"]).toBe(3);
      expect(headers.get("x-queueflow-pending")).toBe("0");
      expect(headers.get("x-queueflow-lag-ms")).toBe("0");
    },
    TIMEOUT_MS,
  );
});

test(
  "stores every neighbour of a bad entry",
  async () => {
    await untilDrained(file.servers);
    const { body } = await readStats(file.engine, { site_id: "neighbour", date: DAY });
    expect(body["total_views"]).toBe(neighbours);
    await checkInvariants(file.servers.sql);
    const { records } = file.engine.output;
    expect(records.filter(({ msg }) => msg.startsWith("Thread "))).toEqual([]);
    const aside = "Entries that cannot be stored were set aside in dead_events";
    expect(records.filter(({ level }) => level === "error").every(({ msg }) => msg === aside)).toBe(
      true,
    );
  },
  TIMEOUT_MS,
);
