import { beforeEach, describe, expect, test } from "bun:test";
import { retryLetters } from "../../src/cli/dead-letters/retry-letters.ts";
import { eventIdOf, isUuid } from "../../src/event/event-id.ts";
import { Database } from "../../src/store/database.ts";
import { deadEventIds } from "../../src/store/dead-letters/dead-event-ids.ts";
import { findDeadEvents } from "../../src/store/dead-letters/find-dead-events.ts";
import { insertDeadEvents } from "../../src/store/dead-letters/insert-dead-events.ts";
import { setAside } from "../support/dead-letters.ts";
import { eventually } from "../support/eventually.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleBody } from "../support/sample-event.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { runQueueflow } from "./spawn-queueflow.ts";

const redisOfFile = useTestRedis();
const file = useTestDatabase();

let stream: string;
beforeEach(async () => {
  stream = redisOfFile.streamKey();
  await file.sql`DELETE FROM dead_events`;
});

async function deadLetters(...args: readonly string[]) {
  const env = { DATABASE_URL: file.url, REDIS_URL: redisOfFile.url };
  return await runQueueflow(["dead-letters", ...args], { env });
}

/** Fields of an entry that can be stored. */
function goodFields(overrides: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ...(sampleBody() as Record<string, string>), ...overrides };
}

async function letters(
  fieldsOfEach: readonly Readonly<Record<string, string>>[],
  reason?: string,
): Promise<readonly string[]> {
  return await setAside(file, fieldsOfEach, {
    stream,
    ...(reason === undefined ? {} : { reason }),
  });
}

async function sentFields(): Promise<readonly (readonly string[])[]> {
  const entries = await redisOfFile.redis.xrange(stream, "-", "+");
  return entries.map(([, flatFields]) => flatFields);
}

async function sentEventIds(): Promise<readonly (string | undefined)[]> {
  return (await sentFields()).map((flat) => flat[flat.indexOf("event_id") + 1]);
}

describe("queueflow dead-letters list", () => {
  test("list says so when there are none", async () => {
    const stdout = "There are no dead letters.\n";
    expect(await deadLetters("list")).toEqual({ exitCode: 0, stdout, stderr: "" });
    expect((await deadLetters("list", "--json")).stdout).toBe("");
  });

  test("list shows the newest first, as many as asked for, and no control characters", async () => {
    const ids = await letters([{ a: "1" }, { a: "2" }, { a: "3" }], "red \u001b[31m\nline \u009b");
    const { stdout, exitCode } = await deadLetters("list", "--limit", "2");
    const [first = "", second = "", last] = stdout.split("\n");
    expect(first).toMatch(
      /^ *\d+ {2}\d{4}-\d\d-\d\dT[\d:.]+Z {2}red \\u001b\[31m\\u000aline \\u009b$/,
    );
    expect(first.trimStart()).toStartWith(`${ids[2]} `);
    expect(second.trimStart()).toStartWith(`${ids[1]} `);
    expect(last).toBe("2 letters of 3 dead letters, newest first.");
    expect(exitCode).toBe(0);
  });

  test("list prints one object a line when a program asks", async () => {
    const [id = ""] = await letters([{ 'a"\n': "\u2028" }]);
    const { stdout } = await deadLetters("list", "--json");
    expect(JSON.parse(stdout)).toEqual({
      id,
      stream,
      entryId: expect.any(String),
      fields: { 'a"\n': "\u2028" },
      reason: "a test said so",
      deliveries: 2,
      diedAt: expect.stringMatching(/Z$/),
    });
  });
});

describe("queueflow dead-letters show", () => {
  test("show prints all that is known of a letter", async () => {
    const [id = ""] = await letters([{ path: "/a\nb", "": "é" }]);
    const { stdout, exitCode } = await deadLetters("show", id);
    expect(stdout).toMatch(new RegExp(`^dead letter +${id}$`, "m"));
    expect(stdout).toMatch(/^entry +1768469400250-\d+, received 2026-01-15T09:30:00.250Z$/m);
    expect(stdout).toMatch(/^deliveries +2$/m);
    expect(stdout).toContain('  path: "/a\\nb"\n  : "é"\n');
    expect(exitCode).toBe(0);
  });

  test("show fails when there is no such letter", async () => {
    const stderr = "queueflow: There is no dead letter 9\n";
    expect(await deadLetters("show", "9")).toEqual({ exitCode: 1, stdout: "", stderr });
  });
});

describe("queueflow dead-letters retry", () => {
  test("retry sends the fields as they were to the stream they came from, and deletes the letter", async () => {
    const fields = goodFields({ more: "of it" });
    const [id = "", other = ""] = await letters([fields, goodFields()]);
    const stdout = "Sent 1 dead letter to the stream again.\n";
    expect(await deadLetters("retry", id, id)).toEqual({ exitCode: 0, stdout, stderr: "" });
    expect(await sentFields()).toEqual([Object.entries(fields).flat()]);
    expect(await deadEventIds(file.database)).toEqual([other]);
  });

  test("retry sends those that can be stored and refuses the others when told --all", async () => {
    const fields = Array.from({ length: 250 }, (_, number) =>
      number % 50 === 7 ? { greeting: "hello" } : goodFields({ path: `/${number}` }),
    );
    const ids = await letters(fields);
    const { stdout, stderr, exitCode } = await deadLetters("retry", "--all");
    expect(stdout).toStartWith(
      "Sent 245 dead letters to the stream again.\nRefused 5 dead letters:\n",
    );
    expect(stdout).toMatch(new RegExp(`^  ${ids[7]}  Expected site_id .* Expected timestamp`, "m"));
    expect(stderr).toContain("5 dead letters would only die again: correct them with --set");
    expect(exitCode).toBe(1);
    expect(await sentFields()).toHaveLength(245);
    expect(await deadEventIds(file.database)).toHaveLength(5);
  });

  test("retry sends what --set corrects", async () => {
    const { event_id: _, ...fields } = goodFields({ timestamp: "yesterday" });
    const [id = ""] = await letters([fields]);
    const eventId = crypto.randomUUID();
    const corrections = ["--set", "timestamp=2026-01-15T09:30:00Z", "--set", `event_id=${eventId}`];
    expect((await deadLetters("retry", id)).exitCode).toBe(1);
    expect((await deadLetters("retry", id, ...corrections)).exitCode).toBe(0);
    const sent = { ...fields, timestamp: "2026-01-15T09:30:00Z", event_id: eventId };
    expect(await sentFields()).toEqual([Object.entries(sent).flat()]);
  });

  test("retry gives an event that has no event_id that of its entry, the same each time", async () => {
    const { event_id: _, ...fields } = goodFields();
    const before = await letters([fields, fields]);
    const [found] = await findDeadEvents(file.database, before.slice(0, 1));
    const entryId = found?.entryId ?? "";
    expect((await deadLetters("retry", "--all")).exitCode).toBe(0);
    const [first, second] = await sentEventIds();
    expect(isUuid(first ?? "")).toBeTrue();
    expect(second).not.toBe(first);
    const again = { stream, entryId, fields, reason: "it was delivered again", deliveries: 1 };
    await file.database.transaction(
      10_000,
      async (tx) => await insertDeadEvents(tx, [again, { ...again, fields: goodFields() }]),
    );
    expect((await deadLetters("retry", "--all")).exitCode).toBe(0);
    expect((await sentEventIds())[2]).toBe(first);
  });

  test("retry makes the same of an event_id that is no UUID as POST /event", async () => {
    const [id = ""] = await letters([goodFields({ event_id: "order-1001" })]);
    expect((await deadLetters("retry", id)).exitCode).toBe(0);
    expect(await sentEventIds()).toEqual([eventIdOf(goodFields()["site_id"] ?? "", "order-1001")]);
  });

  test("retry refuses an event_id whose bytes were lost", async () => {
    const [id = ""] = await letters([goodFields({ event_id: "order-\u{fffd}" })]);
    expect((await deadLetters("retry", id)).stdout).toContain("Expected event_id to be a UUID");
  });

  test("retry refuses a field whose bytes were lost, until it is given anew", async () => {
    const [id = ""] = await letters([goodFields({ user_id: "u\u{fffd}" })]);
    const refused = await deadLetters("retry", id);
    expect(refused.stdout).toContain("user_id holds U+FFFD");
    expect(refused.exitCode).toBe(1);
    expect((await deadLetters("retry", id, "--set", "user_id=u1")).exitCode).toBe(0);
    expect((await sentFields()).flat()).toContain("u1");
  });

  test("retry sends an entry to be received anew", async () => {
    const [id = ""] = await letters([goodFields({ received_at_ms: "1000000000000" })]);
    expect((await deadLetters("retry", id)).exitCode).toBe(0);
    expect((await sentFields()).flat()).not.toContain("received_at_ms");
  });

  test("retry names those that do not exist, and sends the others", async () => {
    const [id = ""] = await letters([goodFields()]);
    expect(await deadLetters("retry", "999999", id)).toEqual({
      exitCode: 1,
      stdout: "Sent 1 dead letter to the stream again.\n",
      stderr: "queueflow: There is no dead letter 999999\n",
    });
  });

  test("retry says so when there are none", async () => {
    const stdout = "There are no dead letters.\n";
    expect(await deadLetters("retry", "--all")).toEqual({ exitCode: 0, stdout, stderr: "" });
  });

  test("retry keeps every letter when Redis is away", async () => {
    const ids = await letters([goodFields()]);
    const env = { DATABASE_URL: file.url, REDIS_URL: "redis://127.0.0.1:1" };
    const args = ["dead-letters", "retry", "--all"];
    const { stdout, stderr, exitCode } = await runQueueflow(args, { env });
    expect(stderr).toContain(
      "queueflow: The dead letters could not be sent again: Redis at 127.0.0.1:1 cannot",
    );
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    expect(await deadEventIds(file.database)).toEqual([...ids]);
  });

  test("retryLetters keeps the letter when it is cut short between the append and the deletion", async () => {
    /** Answers the first query and fails the second. */
    class CutShort extends Database {
      #queries = 0;
      override async query<Result>(
        ...args: Parameters<typeof Database.prototype.query<Result>>
      ): Promise<Result> {
        this.#queries += 1;
        if (this.#queries > 1) throw new Error("cut short");
        return await super.query(...args);
      }
    }
    const ids = await letters([goodFields()]);
    const database = new CutShort({ url: file.url, connectionsMax: 1 });
    const tally = { sent: 0, refused: 0, firstRefused: [], missingIds: [] };
    const options = { ids, corrections: {}, nowMs: Date.now(), tally };
    const { redis } = redisOfFile;
    expect(await rejectionOf(retryLetters({ database, redis }, options))).toMatchObject({
      message: "cut short",
    });
    await database.close(1_000);
    expect(await deadEventIds(file.database)).toEqual([...ids]);
    await retryLetters({ database: file.database, redis }, options);
    const [first, second] = await sentFields();
    // The same event_id twice: it counts once.
    expect(second).toEqual(first ?? []);
    expect(await deadEventIds(file.database)).toEqual([]);
  });
});

describe("queueflow dead-letters drop", () => {
  test("drop deletes the letters that it is told, and names those that do not exist", async () => {
    const [first = "", second = ""] = await letters([{ a: "1" }, { a: "2" }]);
    expect(await deadLetters("drop", "--yes", first, "999999")).toEqual({
      exitCode: 1,
      stdout: "Dropped 1 dead letter.\n",
      stderr: "queueflow: There is no dead letter 999999\n",
    });
    expect(await deadEventIds(file.database)).toEqual([second]);
  });

  test("drop deletes all when told --all", async () => {
    await letters(Array.from({ length: 230 }, () => ({ a: "1" })));
    const stdout = "Dropped 230 dead letters.\n";
    expect(await deadLetters("drop", "--all", "--yes")).toEqual({
      exitCode: 0,
      stdout,
      stderr: "",
    });
    expect(await deadEventIds(file.database)).toEqual([]);
  });

  test("drop takes it for done when told --all and another session drops one meanwhile", async () => {
    const [gone = ""] = await letters([{ a: "1" }, { a: "2" }]);
    let dropping: ReturnType<typeof deadLetters> | undefined;
    await file.sql.begin(async (tx) => {
      await tx`DELETE FROM dead_events WHERE id = ${gone}`;
      dropping = deadLetters("drop", "--all", "--yes");
      await eventually(async () => {
        expect(await tx`SELECT FROM pg_locks WHERE NOT granted`).not.toHaveLength(0);
      });
    });
    const stdout = "Dropped 1 dead letter.\n";
    expect(await dropping).toEqual({ exitCode: 0, stdout, stderr: "" });
  });

  test("drop deletes nothing when nobody can be asked and nobody said --yes", async () => {
    const ids = await letters([{ a: "1" }]);
    const { stderr, exitCode } = await deadLetters("drop", "--all");
    expect(stderr).toContain("say --yes");
    expect(exitCode).toBe(2);
    expect(await deadEventIds(file.database)).toEqual([...ids]);
  });
});

describe("queueflow dead-letters", () => {
  test.each([
    [["bogus"], "unknown command 'bogus'"],
    [["list", "--limit", "0"], "Expected a number from 1 to 10000"],
    [["show"], "missing required argument 'id'"],
    [["show", "0"], "Expected the number of a dead letter"],
    [["show", "9223372036854775808"], "Expected the number of a dead letter"],
    [["retry"], "Say which dead letters: their numbers, or --all"],
    [["retry", "7", "--all"], "not both"],
    [["retry", "7", "x"], "Expected the number of a dead letter"],
    [["retry", "7", "--set", "path"], "Expected field=value with one of event_id"],
    [["retry", "7", "--set", "foo=1"], "Expected field=value with one of event_id"],
    [["retry", "--all", "--set", "event_id=x"], "One event_id is for one dead letter"],
    [["drop", "--yes"], "Say which dead letters: their numbers, or --all"],
  ])("dead-letters refuses %j in one sentence", async (args, sentence) => {
    const { exitCode, stdout, stderr } = await deadLetters(...args);
    expect(stderr).toStartWith("queueflow: ");
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  });

  test.each(["list", "show", "retry", "drop"])(
    "dead-letters explains %s with an example when asked for help",
    async (command) => {
      const { exitCode, stdout, stderr } = await deadLetters(command, "--help");
      expect(stdout).toStartWith(`Usage: queueflow dead-letters ${command}`);
      expect(stdout).toMatch(/\nExamples?:\n/);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    },
  );

  test("dead-letters fails in one sentence when the database is away", async () => {
    const env = { DATABASE_URL: "postgres://queueflow:secret@127.0.0.1:1/queueflow" };
    const { exitCode, stderr } = await runQueueflow(["dead-letters", "list"], { env });
    expect(stderr).toStartWith("queueflow: The dead letters could not be read: ");
    expect(stderr).not.toContain("secret");
    expect(exitCode).toBe(1);
  });
});
