import { describe, expect, test } from "bun:test";
import { errorRecord, errorText, QueueFlowError } from "../../src/errors.ts";

describe("a QueueFlowError", () => {
  test("has a code, a cause and retryability", () => {
    const cause = new Error("socket closed");
    const error = new QueueFlowError("stream_unavailable", "Redis could not append", { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "QueueFlowError",
      code: "stream_unavailable",
      message: "Redis could not append",
      retryable: true,
      cause,
    });
  });

  test("is not retryable when the input is wrong", () => {
    for (const code of ["invalid_json", "invalid_field", "body_too_large", "not_found"] as const) {
      expect(new QueueFlowError(code, "").retryable).toBeFalse();
    }
  });
});

describe("the text of an error", () => {
  const THROWN: readonly (readonly [string, unknown, string])[] = [
    ["an error", new Error("no"), "no"],
    ["an error without a message", new TypeError(""), "TypeError"],
    ["a text", "no", "no"],
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
    ["a symbol", Symbol("no"), "Symbol(no)"],
    ["an error with causes", caused("a", caused("b", new Error("c"))), "a: b: c"],
    ["an error whose cause is a text", caused("a", "b"), "a: b"],
    ["an error whose cause is null", caused("a", null), "a: null"],
  ];
  for (const [what, thrown, text] of THROWN) {
    test(`is ${JSON.stringify(text)} for ${what}`, () => {
      expect(errorText(thrown)).toBe(text);
    });
  }

  test("is found for an error that is its own cause", () => {
    const error = new Error("loop");
    error.cause = error;
    expect(errorText(error)).toStartWith("loop");
  });

  test("is found for a value without text", () => {
    expect(typeof errorText(Object.create(null))).toBe("string");
  });

  test("has one line", () => {
    expect(errorText(new Error("first\nsecond"))).not.toContain("\n");
  });

  test("is the first part of an AggregateError", () => {
    const refused = new AggregateError([new Error("connect ECONNREFUSED ::1:6379")], "");
    expect(errorText(refused)).toContain("ECONNREFUSED");
  });
});

describe("the record of an error", () => {
  test("survives a structured clone", () => {
    const error = new QueueFlowError("stream_full", "full", { cause: new Error("why") });
    expect(structuredClone(errorRecord(error))).toEqual({
      code: "stream_full",
      message: "full: why",
    });
  });

  test("has the code internal for other errors", () => {
    expect(errorRecord(new RangeError("odd"))).toEqual({ code: "internal", message: "odd" });
    expect(errorRecord("odd")).toEqual({ code: "internal", message: "odd" });
  });
});

function caused(message: string, cause: unknown): Error {
  return new Error(message, { cause });
}
