import { beforeEach, describe, expect, test } from "bun:test";
import { decodeEntry } from "../../src/event/entry-codec.ts";
import { eventIdOf, isUuid } from "../../src/event/event-id.ts";
import { deadLetterIds, findDeadLetters, insertDeadLetters } from "../../src/store/dead-letters.ts";
import { setAside } from "../support/dead-letters.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { runQueueflow, startQueueflow } from "./run-queueflow.ts";

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

/** Fields that can be stored. */
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
  test("reports that there are none", async () => {
    const stdout = "There are no dead letters.\n";
    expect(await deadLetters("list")).toEqual({ exitCode: 0, stdout, stderr: "" });
    expect((await deadLetters("list", "--json")).stdout).toBe("");
  });

  test("lists the newest first, without control characters", async () => {
    const ids = await letters([{ a: "1" }, { a: "2" }, { a: "3" }], "red \u001b[31m\nline \u009b");
    const { stdout, exitCode } = await deadLetters("list", "--limit", "2");
    const [header, first = "", second = "", last] = stdout.split("\n");
    expect(header).toMatch(/^ID +Set aside at +Reason$/);
    expect(first).toMatch(
      /^\d+ {2,}\d{4}-\d\d-\d\dT[\d:.]+Z {2}red \\u001b\[31m\\u000aline \\u009b$/,
    );
    expect(first.trimStart()).toStartWith(`${ids[2]} `);
    expect(second.trimStart()).toStartWith(`${ids[1]} `);
    expect(last).toBe("2 of 3 dead letters, newest first.");
    expect(exitCode).toBe(0);
  });

  test("prints one object per line with --json", async () => {
    const [id = ""] = await letters([{ 'a"\n': "\u2028" }]);
    const { stdout } = await deadLetters("list", "--json");
    expect(JSON.parse(stdout)).toEqual({
      id,
      stream,
      entryId: expect.any(String),
      fields: { 'a"\n': "\u2028" },
      reason: "by a test",
      deliveries: 2,
      diedAt: expect.stringMatching(/Z$/),
      retryFields: null,
    });
  });
});

describe("queueflow dead-letters show", () => {
  test("shows everything known about a dead letter", async () => {
    const [id = ""] = await letters([{ path: "/a\nb", "": "é" }]);
    const { stdout, exitCode } = await deadLetters("show", id);
    expect(stdout).toMatch(new RegExp(`^Dead letter +${id}$`, "m"));
    expect(stdout).toMatch(/^Entry +1768469400250-\d+, received at 2026-01-15T09:30:00.250Z$/m);
    expect(stdout).toMatch(/^Deliveries +2$/m);
    expect(stdout).toContain('  path: "/a\\nb"\n  : "é"\n');
    expect(exitCode).toBe(0);
  });

  test("fails when the dead letter does not exist", async () => {
    const stderr = "queueflow: There is no dead letter 9\n";
    expect(await deadLetters("show", "9")).toEqual({ exitCode: 1, stdout: "", stderr });
  });
});

describe("queueflow dead-letters retry", () => {
  test("sends the fields to their stream and deletes the letter", async () => {
    const fields = goodFields({ more: "of it" });
    const [id = "", other = ""] = await letters([fields, goodFields()]);
    const stdout = "Sent 1 dead letter to the stream again.\n";
    expect(await deadLetters("retry", id, id)).toEqual({ exitCode: 0, stdout, stderr: "" });
    expect(await sentFields()).toEqual([Object.entries(fields).flat()]);
    expect(await deadLetterIds(file.database)).toEqual([other]);
  });

  test("sends the storable ones and refuses the others with --all", async () => {
    const fields = Array.from({ length: 250 }, (_, number) =>
      number % 50 === 7 ? { greeting: "hello" } : goodFields({ path: `/${number}` }),
    );
    const ids = await letters(fields);
    const { stdout, stderr, exitCode } = await deadLetters("retry", "--all");
    expect(stdout).toStartWith(
      "Sent 245 dead letters to the stream again.\nRefused 5 dead letters:\n",
    );
    expect(stdout).toMatch(new RegExp(`^  ${ids[7]}  Expected site_id .* Expected timestamp`, "m"));
    expect(stderr).toContain(
      "Refused 5 dead letters: correct with --set what still could not be stored",
    );
    expect(exitCode).toBe(1);
    expect(await sentFields()).toHaveLength(245);
    expect(await deadLetterIds(file.database)).toHaveLength(5);
  });

  test("sends what --set corrects", async () => {
    const { event_id: _, ...fields } = goodFields({ timestamp: "yesterday" });
    const [id = ""] = await letters([fields]);
    const eventId = crypto.randomUUID();
    const corrections = ["--set", "timestamp=2026-01-15T09:30:00Z", "--set", `event_id=${eventId}`];
    expect((await deadLetters("retry", id)).exitCode).toBe(1);
    expect((await deadLetters("retry", id, ...corrections)).exitCode).toBe(0);
    const sent = { ...fields, timestamp: "2026-01-15T09:30:00Z", event_id: eventId };
    expect(await sentFields()).toEqual([Object.entries(sent).flat()]);
  });

  test("derives a missing event_id from the entry, always the same", async () => {
    const { event_id: _, ...fields } = goodFields();
    const before = await letters([fields, fields]);
    const [found] = await findDeadLetters(file.database, before.slice(0, 1));
    const entryId = found?.entryId ?? "";
    expect((await deadLetters("retry", "--all")).exitCode).toBe(0);
    const [first, second] = await sentEventIds();
    expect(isUuid(first ?? "")).toBeTrue();
    expect(second).not.toBe(first);
    const again = { stream, entryId, fields, reason: "it was delivered again", deliveries: 1 };
    await file.database.transaction(
      10_000,
      async (tx) => await insertDeadLetters(tx, [again, { ...again, fields: goodFields() }]),
    );
    expect((await deadLetters("retry", "--all")).exitCode).toBe(0);
    expect((await sentEventIds())[2]).toBe(first);
  });

  test("converts an event_id that is no UUID like POST /event", async () => {
    const [id = ""] = await letters([goodFields({ event_id: "order-1001" })]);
    expect((await deadLetters("retry", id)).exitCode).toBe(0);
    expect(await sentEventIds()).toEqual([eventIdOf(goodFields()["site_id"] ?? "", "order-1001")]);
  });

  test("refuses an event_id whose bytes were lost", async () => {
    const [id = ""] = await letters([goodFields({ event_id: "order-\u{fffd}" })]);
    expect((await deadLetters("retry", id)).stdout).toContain("Expected event_id to be a UUID");
  });

  test("refuses a field with lost bytes unless --set replaces it", async () => {
    const [id = ""] = await letters([goodFields({ user_id: "u\u{fffd}" })]);
    const refused = await deadLetters("retry", id);
    expect(refused.stdout).toContain("user_id contains U+FFFD");
    expect(refused.exitCode).toBe(1);
    expect((await deadLetters("retry", id, "--set", "user_id=u1")).exitCode).toBe(0);
    expect((await sentFields()).flat()).toContain("u1");
  });

  test("sends optional fields that --set corrects or clears", async () => {
    const optional = JSON.stringify({ title: "u\u{fffd}", country: "DE", os: "Linux" });
    const [id = ""] = await letters([goodFields({ optional })]);
    expect((await deadLetters("retry", id)).stdout).toContain("title contains U+FFFD");
    const title = ["retry", id, "--set", "title=Pricing"];
    for (const wrong of ["country=Germany", "properties=5", 'properties={"a":{}}']) {
      const refused = await deadLetters(...title, "--set", wrong);
      expect(refused.stdout).toContain("Expected");
      expect(refused.exitCode).toBe(1);
    }
    const sets = ["--set", "country=", "--set", 'properties={"plan":"pro"}'];
    expect((await deadLetters(...title, ...sets)).exitCode).toBe(0);
    const [sent = []] = await sentFields();
    const decoded = decodeEntry(sent, Date.now());
    expect(decoded).toMatchObject({ kind: "event", event: { title: "Pricing", os: "Linux" } });
    expect(decoded).toMatchObject({ event: { properties: '{"plan":"pro"}' } });
    expect(decoded).not.toHaveProperty("event.country");
  });

  test("sends a letter whose optional fields --set replaces", async () => {
    const [id = ""] = await letters([goodFields({ optional: "[" })]);
    expect((await deadLetters("retry", id)).stdout).toContain("Expected optional to be");
    expect((await deadLetters("retry", id, "--set", 'optional={"title":"a"}')).exitCode).toBe(0);
    const [sent = []] = await sentFields();
    expect(decodeEntry(sent, Date.now())).toMatchObject({ event: { title: "a" } });
  });

  test("sends no time of receipt", async () => {
    const [id = ""] = await letters([goodFields({ received_at_ms: "1000000000000" })]);
    expect((await deadLetters("retry", id)).exitCode).toBe(0);
    expect((await sentFields()).flat()).not.toContain("received_at_ms");
  });

  test("names missing ones and sends the others", async () => {
    const [id = ""] = await letters([goodFields()]);
    expect(await deadLetters("retry", "999999", id)).toEqual({
      exitCode: 1,
      stdout: "Sent 1 dead letter to the stream again.\n",
      stderr: "queueflow: There is no dead letter 999999\n",
    });
  });

  test("reports that there are none", async () => {
    const stdout = "There are no dead letters.\n";
    expect(await deadLetters("retry", "--all")).toEqual({ exitCode: 0, stdout, stderr: "" });
  });

  test("keeps every dead letter without Redis", async () => {
    const ids = await letters([goodFields()]);
    const env = { DATABASE_URL: file.url, REDIS_URL: "redis://127.0.0.1:1" };
    const { stdout, exitCode } = await runQueueflow(["dead-letters", "retry", "--all"], { env });
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    expect(await deadLetterIds(file.database)).toEqual([...ids]);
  });
});

describe("queueflow dead-letters drop", () => {
  test("drops the given ones and names missing ones", async () => {
    const [first = "", second = ""] = await letters([{ a: "1" }, { a: "2" }]);
    expect(await deadLetters("drop", "--yes", first, "999999")).toEqual({
      exitCode: 1,
      stdout: "Dropped 1 dead letter.\n",
      stderr: "queueflow: There is no dead letter 999999\n",
    });
    expect(await deadLetterIds(file.database)).toEqual([second]);
  });

  test("drops all with --all", async () => {
    await letters(Array.from({ length: 230 }, () => ({ a: "1" })));
    const stdout = "Dropped 230 dead letters.\n";
    expect(await deadLetters("drop", "--all", "--yes")).toEqual({
      exitCode: 0,
      stdout,
      stderr: "",
    });
    expect(await deadLetterIds(file.database)).toEqual([]);
  });

  test("tolerates another session dropping one with --all", async () => {
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

  test.each([
    ["y\n", 0],
    ["no\n", 1],
    ["", 1],
  ])("asks on a terminal, and %j is answered with exit code %d", async (stdin, code) => {
    const ids = await letters([{ a: "1" }]);
    const options = { env: { DATABASE_URL: file.url }, stdin, isTerminal: true };
    const { exitCode, stderr } = await runQueueflow(["dead-letters", "drop", "--all"], options);
    expect(stderr).toStartWith("Drop 1 dead letter permanently? [y/N] ");
    expect(exitCode).toBe(code);
    expect(await deadLetterIds(file.database)).toEqual(code === 0 ? [] : [...ids]);
  });

  test("stops on Ctrl-C at the question", async () => {
    const ids = await letters([{ a: "1" }]);
    const options = { env: { DATABASE_URL: file.url }, isTerminal: true };
    const command = startQueueflow(["dead-letters", "drop", "--all"], options);
    await eventually(() => expect(command.errors()).toContain("[y/N]"));
    command.interrupt();
    expect((await command.result).exitCode).toBe(130);
    expect(await deadLetterIds(file.database)).toEqual([...ids]);
  });
});
