import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type LineOutcome, lineEvent, userIdOf } from "../../src/cli/import/line-event.ts";
import { type LogLine, readLines } from "../../src/cli/import/read-lines.ts";
import { fixturePath } from "./fixture-path.ts";

const CONTEXT = { siteId: "example.com", nowMs: Date.parse("2026-11-22T00:00:00Z") };

function outcomeOf(text: string, overrides: { number?: number } = {}): LineOutcome {
  const line: LogLine = { kind: "line", number: 1, text, ending: "newline", ...overrides };
  return lineEvent(line, CONTEXT);
}

function eventIdOf(text: string, number: number): string | undefined {
  const outcome = outcomeOf(text, { number });
  return outcome.kind === "event" ? outcome.event.eventId : undefined;
}

const LINE =
  '192.0.2.7 - - [15/Jan/2026:04:30:00 -0500] "GET /a?b HTTP/1.1" 200 5 "-" "Mozilla/5.0"';

describe("lineEvent", () => {
  test("lineEvent makes a line the page view that it tells of", () => {
    expect(outcomeOf(LINE)).toMatchObject({
      kind: "event",
      event: {
        siteId: "example.com",
        eventType: "page_view",
        path: "/a",
        userId: userIdOf("192.0.2.7", "Mozilla/5.0"),
        timestamp: "2026-01-15T09:30:00.000Z",
      },
    });
  });

  test("lineEvent gives a line the same id each time, and another one elsewhere in the file", () => {
    expect(eventIdOf(LINE, 7)).toBe(eventIdOf(LINE, 7) ?? "none");
    expect(eventIdOf(LINE, 8)).not.toBe(eventIdOf(LINE, 7) ?? "none");
    expect(eventIdOf(`${LINE} `, 7)).not.toBe(eventIdOf(LINE, 7) ?? "none");
  });

  test("lineEvent says of every odd line what became of it", async () => {
    const lines = await Array.fromAsync(
      readLines(Bun.file(fixturePath("odd-access.log")).stream()),
    );
    const outcomes = lines.map((line) => {
      const outcome = lineEvent(line, CONTEXT);
      return outcome.kind === "event" ? outcome.event.path : outcome.reason;
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
      "/common",
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
      "cut off by the end of the file",
    ]);
  });

  test("lineEvent says which rule a line breaks, with nothing a terminal would obey", () => {
    const outcome = outcomeOf(LINE.replace("/a?b", String.raw`/\x00\x1b[2J`));
    expect(outcome).toMatchObject({ kind: "skipped", reason: "not a valid event" });
    expect(outcome).toMatchObject({ why: expect.stringContaining("path to be without NUL") });
    expect(JSON.stringify(outcome)).not.toContain("\u001b");
  });

  test("lineEvent answers whatever the line", () => {
    const text = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)),
    });
    const part = fc.oneof(
      text,
      fc.constantFrom('"', "\\", " [", '] "', "15/Jan/2026:09:30:00 +0000"),
    );
    const whole = fc.array(part).map((parts) => parts.join(""));
    const request = text.map((inside) => LINE.replace("/a?b", () => inside));
    fc.assert(
      fc.property(fc.oneof(whole, request), (line) => {
        const outcome = outcomeOf(line);
        if (outcome.kind === "event") expect(outcome.event.path.isWellFormed()).toBe(true);
        else expect(outcome.reason).not.toBe("");
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("userIdOf", () => {
  test("userIdOf knows a visitor by address and agent, and keeps neither", () => {
    const user = userIdOf("192.0.2.7", "Mozilla/5.0");
    expect(user).toMatch(/^[0-9a-f]{32}$/);
    expect(userIdOf("192.0.2.7", "Mozilla/5.0")).toBe(user);
    expect(userIdOf("192.0.2.8", "Mozilla/5.0")).not.toBe(user);
    expect(userIdOf("192.0.2.7", "Mozilla/5.1")).not.toBe(user);
    expect(userIdOf("192.0.2.7", undefined)).not.toBe(user);
  });
});
