import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { LOG_FORMATS } from "../../src/importers/choose-format.ts";
import { type LineOutcome, type Only, userIdOf } from "../../src/importers/line-event.ts";
import { LineSplitter } from "../../src/importers/line-splitter.ts";
import { LogReader } from "../../src/importers/log-reader.ts";
import { fixturePath } from "../cli/fixture-path.ts";

const NOW_MS = Date.parse("2026-11-22T00:00:00Z");
const LINE =
  '192.0.2.7 - - [15/Jan/2026:04:30:00 -0500] "GET /a?b HTTP/1.1" 200 5 "-" "Mozilla/5.0"';
const RICH =
  'www.example.com:443 192.0.2.7 - - [15/Jan/2026:04:30:00 -0500] "GET /a?utm_source=x&id=7 HTTP/1.1" 200 5 "https://a.example/" "Mozilla/5.0"';
const COMMON = LINE.slice(0, LINE.indexOf(' "-"'));

interface ReadOptions {
  readonly keptQuery?: readonly string[];
  readonly format?: string;
  readonly only?: Only;
}

function readerOf({ keptQuery, format, only = "all" }: ReadOptions = {}): LogReader {
  return new LogReader({
    siteId: "example.com",
    only,
    keptQuery: new Set(keptQuery),
    format: LOG_FORMATS.find(({ name }) => name === format),
  });
}

/** The outcomes of all lines of a log. */
function outcomesOf(content: string, options: ReadOptions = {}): readonly LineOutcome[] {
  const splitter = new LineSplitter();
  const reader = readerOf(options);
  const lines = splitter.push(Buffer.from(content, "latin1"));
  return [...lines.flatMap((line) => reader.read(line, NOW_MS)), ...reader.decide(NOW_MS)];
}

function outcomeOf(line: string): LineOutcome | undefined {
  return outcomesOf(`${line}\n`, { format: "combined" })[0];
}

function eventIdsOf(outcomes: readonly LineOutcome[]): string[] {
  return outcomes.flatMap((outcome) => (outcome.kind === "event" ? [outcome.event.eventId] : []));
}

describe("LogReader", () => {
  test("turns a line into a page view", () => {
    expect(outcomeOf(LINE)).toMatchObject({
      kind: "event",
      category: "page",
      event: {
        siteId: "example.com",
        eventType: "page_view",
        path: "/a",
        userId: userIdOf("192.0.2.7", "Mozilla/5.0"),
        timestamp: "2026-01-15T09:30:00.000Z",
      },
    });
  });

  test("gives a line the same id as earlier versions", () => {
    expect(eventIdsOf(outcomesOf(`${LINE}\n${LINE}\r\n`))).toEqual([
      "a15746ac-4bc6-5c66-8358-964246ef2e9b",
      "b5e46488-96fb-5531-9888-1fcd30724382",
    ]);
  });

  test("gives a line with optional fields the same id as earlier versions", () => {
    for (const keptQuery of [[], ["id"]]) {
      expect(eventIdsOf(outcomesOf(`${RICH}\n`, { keptQuery }))).toEqual([
        "5627b295-f1ba-5b2b-99e1-0e4fcd912972",
      ]);
    }
  });

  test("gives a line the same id whatever the options", () => {
    const log = `${LINE}\n${LINE}\n`;
    const ids = eventIdsOf(outcomesOf(log));
    expect(new Set(ids).size).toBe(2);
    for (const options of [{ format: "combined" }, { only: "pages" }] as const) {
      expect(eventIdsOf(outcomesOf(log, options))).toEqual(ids);
    }
    expect(eventIdsOf(outcomesOf(`${log}${LINE}\n`)).slice(0, 2)).toEqual(ids);
  });

  test("reports the outcome of every odd line", async () => {
    const content = Buffer.from(await Bun.file(fixturePath("odd-access.log")).bytes());
    const outcomes = outcomesOf(content.toString("latin1")).map((outcome) => {
      if (outcome.kind === "event") return outcome.event.path;
      return outcome.kind === "skipped" ? outcome.reason : outcome.kind;
    });
    expect(outcomes).toEqual([
      "/with-byte-order-mark",
      "/carriage-return",
      "/same",
      "/same",
      "/same",
      "/next-day-in-utc",
      "/form",
      "/virtual-host",
      "not in the combined log format",
      "/café",
      "/café",
      "/caf%E9",
      '/say-"hello"',
      "/absolute",
      "empty",
      "without a path in the request",
      "without a path in the request",
      "without a path in the request",
      "without a path in the request",
      "not a valid event",
      "not a valid event",
      "not a valid event",
      "not a valid event",
      "not in the combined log format",
      "/agent-cut",
    ]);
  });

  test("keeps to the format that most of the first lines have", () => {
    const outcomes = outcomesOf(`${COMMON}\n${LINE}\n${LINE}\n`);
    expect(outcomes.map(({ kind }) => kind)).toEqual(["skipped", "event", "event"]);
  });

  test("holds back lines only until the format is known", () => {
    const reader = readerOf();
    const read = (number: number) => reader.read({ kind: "line", number, text: LINE }, NOW_MS);
    expect(read(1)).toEqual([]);
    expect(reader.decide(NOW_MS)).toHaveLength(1);
    expect(reader.format?.name).toBe("combined");
    expect(read(2)).toHaveLength(1);
    const many = `${LINE}\n`.repeat(200);
    expect(outcomesOf(many)).toHaveLength(200);
  });

  test("keeps looking for the format after unreadable lines", () => {
    const outcomes = outcomesOf(`${"Starting\n".repeat(100)}${`${LINE}\n`.repeat(100)}`);
    const kinds = Object.groupBy(outcomes, ({ kind }) => kind);
    expect(kinds.skipped).toHaveLength(100);
    expect(kinds.event).toHaveLength(100);
  });

  test("reads a line after NULs, and refuses NULs inside", () => {
    const [first, second] = outcomesOf(`\0\0\0${LINE}\n${LINE.replace("Moz", "\0")}\n`);
    expect(first).toMatchObject({
      kind: "event",
      event: { userId: userIdOf("192.0.2.7", "Mozilla/5.0") },
    });
    expect(second).toMatchObject({ kind: "skipped", reason: "not in the combined log format" });
  });

  test("refuses a missing address, and marks host names", () => {
    expect(outcomeOf(LINE.replace("192.0.2.7", "$a"))).toEqual({
      kind: "skipped",
      number: 1,
      reason: "without an address of the visitor",
      why: '"$a"',
    });
    expect(outcomeOf(LINE.replace("192.0.2.7", "a.example.net"))).toMatchObject({
      kind: "event",
      isHostName: true,
    });
  });

  test("leaves out other requests than pages on demand", () => {
    const paths = ["/", "/app.js", "/b"];
    const log = paths.map((path) => LINE.replace("/a?b", path)).join("\n");
    expect(outcomesOf(`${log}\n`, { only: "pages" })).toMatchObject([
      { kind: "event" },
      { kind: "left-out", category: "asset" },
      { kind: "event" },
    ]);
    expect(outcomesOf(`${log}\n`)).toMatchObject([
      { kind: "event", category: "page" },
      { kind: "event", category: "asset" },
      { kind: "event", category: "page" },
    ]);
  });

  test("explains an invalid event without control characters", () => {
    const outcome = outcomeOf(LINE.replace("/a?b", String.raw`/\x00\x1b[2J`));
    expect(outcome).toMatchObject({ kind: "skipped", reason: "not a valid event" });
    expect(outcome).toMatchObject({ why: expect.stringContaining("path to be without NUL") });
    expect(JSON.stringify(outcome)).not.toContain("\u001b");
  });

  test("handles any line in every format", () => {
    const character = fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c));
    const text = fc.string({ unit: character });
    const part = fc.oneof(
      text,
      fc.constantFrom('"', "\\", " [", '] "', "15/Jan/2026:09:30:00 +0000", "{", "#Fields: date"),
    );
    const whole = fc.array(part).map((parts) => parts.join(""));
    const inside = text.map((piece) => LINE.replace("/a?b", () => piece));
    fc.assert(
      fc.property(
        fc.oneof(whole, inside),
        fc.constantFrom(...LOG_FORMATS.map(({ name }) => name)),
        (line, format) => {
          for (const outcome of outcomesOf(`${line}\n`, { format })) {
            if (outcome.kind === "event") expect(outcome.event.path.isWellFormed()).toBe(true);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("userIdOf", () => {
  test("hashes address and agent", () => {
    const user = userIdOf("192.0.2.7", "Mozilla/5.0");
    expect(user).toMatch(/^[0-9a-f]{32}$/);
    expect(userIdOf("192.0.2.7", "Mozilla/5.0")).toBe(user);
    expect(userIdOf("192.0.2.8", "Mozilla/5.0")).not.toBe(user);
    expect(userIdOf("192.0.2.7", "Mozilla/5.1")).not.toBe(user);
    expect(userIdOf("192.0.2.7", undefined)).not.toBe(user);
  });
});
