import { describe, expect, test } from "bun:test";
import { InvalidFieldsError, QueueFlowError } from "../../src/errors.ts";
import { native } from "../../src/protocols/native.ts";
import { sampleBody } from "../support/sample-event.ts";

const CONTEXT = { nowMs: Date.parse("2026-01-15T10:00:00.000Z"), mintEventId: () => "" };
const EVENT_ID = "9b2f7c1e-8a54-4f0e-9a3b-0d1c2e3f4a5b";

function parse(body: string | Uint8Array) {
  return native.parse(typeof body === "string" ? Buffer.from(body) : body, CONTEXT);
}

describe("the native protocol", () => {
  test("reads one event from a JSON object", () => {
    expect(parse(JSON.stringify(sampleBody()))).toMatchObject([
      { kind: "event", event: { eventId: EVENT_ID, path: "/pricing" } },
    ]);
    expect(parse("{}")).toMatchObject([{ kind: "invalid" }]);
  });

  test.each([
    ["an empty body", "", "invalid_json"],
    ["half an object", '{"site_id":', "invalid_json"],
    ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22]), "invalid_json"],
    ["an array", "[]", "not_an_object"],
    ["null", "null", "not_an_object"],
    ["a text", '"text"', "not_an_object"],
  ])("refuses %s", (_, body, code) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ code }));
  });

  test("replies to an accepted event with its id", () => {
    const { status, body, error } = native.reply([{ kind: "accepted", eventId: EVENT_ID }]);
    expect({ status, error }).toEqual({ status: 202, error: undefined });
    expect(JSON.parse(body)).toEqual({ status: "accepted", event_id: EVENT_ID });
  });

  test("names every invalid field", () => {
    const invalid = new InvalidFieldsError({ path: "Expected a", user_id: "Expected b" });
    const { status, body, error } = native.reply([{ kind: "refused", error: invalid }]);
    expect({ status, error }).toEqual({ status: 422, error: "invalid_field" });
    expect(JSON.parse(body)).toEqual({
      error: "invalid_field",
      message: "Expected a; Expected b",
      retryable: false,
      fields: { path: "Expected a", user_id: "Expected b" },
    });
  });

  test("tells the id to send a valid event again with", () => {
    const full = new QueueFlowError("stream_full", "The stream is full");
    const refused = { kind: "refused" as const, error: full, eventId: EVENT_ID };
    const { status, body } = native.reply([refused]);
    expect(status).toBe(503);
    expect(JSON.parse(body)).toEqual({
      error: "stream_full",
      message: "The stream is full",
      retryable: true,
      event_id: EVENT_ID,
    });
    expect(JSON.parse(native.refuse(full).body)).not.toHaveProperty("event_id");
  });
});
