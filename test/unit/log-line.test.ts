import { describe, expect, test } from "bun:test";
import { readableLine } from "../../src/log/readable-line.ts";

function line(fields: Readonly<Record<string, unknown>>, msg = "It fails", colors = false) {
  const record = { level: "warn", time: "2026-01-15T09:30:00.042Z", thread: "consumer-1" };
  return readableLine(`${JSON.stringify({ ...record, ...fields, msg })}\n`, { colors });
}

describe("a log line on a terminal", () => {
  test("shows time, level, thread, message and fields", () => {
    expect(line({ error: "it said no", child: "consumer-2", failures: 3, more: { a: [1] } })).toBe(
      '09:30:00.042Z WARN  consumer-1 It fails error="it said no" child=consumer-2 failures=3 more={"a":[1]}\n',
    );
    expect(line({})).toBe("09:30:00.042Z WARN  consumer-1 It fails\n");
  });

  test("escapes foreign text that controls a terminal", () => {
    const evil = "a\nb\u001b[2J\u009b31m\u202ec\u2028d\re";
    const text = line({ error: evil, path: evil.replaceAll("\n", "") }, evil);
    expect(text.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    expect(text).toEndWith("\n");
  });

  test("colors the level", () => {
    expect(line({}, "It fails", true)).toContain("\u001b[33mWARN ");
  });
});
