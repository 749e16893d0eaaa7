import { describe, expect, test } from "bun:test";
import { wholeAnswerStatus } from "../../../bench/load/http-answer.ts";

const HEAD = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n";
const ANSWER = `${HEAD}Content-Length: 12\r\n\r\n{"ok":true}\r\n`.slice(0, -1);

describe("wholeAnswerStatus", () => {
  test("returns the status of complete responses only", () => {
    for (let bytes = 0; bytes < ANSWER.length; bytes += 1) {
      expect(wholeAnswerStatus(Buffer.from(ANSWER.slice(0, bytes)))).toBeUndefined();
    }
    expect(wholeAnswerStatus(Buffer.from(ANSWER))).toBe(202);
  });

  test("reads header names in any case", () => {
    expect(wholeAnswerStatus(Buffer.from("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n"))).toBe(
      503,
    );
  });

  test("throws for a response without a length", () => {
    expect(() => wholeAnswerStatus(Buffer.from(`${HEAD}\r\n`))).toThrow("Content-Length");
  });
});
