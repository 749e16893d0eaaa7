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
    ["a blank body", " \n", "invalid_json"],
    ["half an object", JSON.stringify(sampleBody()).slice(0, -1), "invalid_json"],
    ["a trailing comma", '{"site_id":"a",}', "invalid_json"],
    ["two objects", "{}{}", "invalid_json"],
    ["XML", "<event/>", "invalid_json"],
    ["NaN", "NaN", "invalid_json"],
    ["a raw NUL", '{"site_id":"a\0b"}', "invalid_json"],
    ["a raw newline in a string", '{"site_id":"a\nb"}', "invalid_json"],
    ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22]), "invalid_json"],
    ["an overlong encoding", Buffer.from([0x22, 0xc0, 0x80, 0x22]), "invalid_json"],
    ["UTF-16", Buffer.from('\ufeff{"site_id":"a"}', "utf16le"), "invalid_json"],
    ["null", "null", "not_an_object"],
    ["a number", "1e400", "not_an_object"],
    ["a text", '"text"', "not_an_object"],
    ["an array", JSON.stringify([sampleBody()]), "not_an_object"],
    ["a deep array", `${"[".repeat(30_000)}${"]".repeat(30_000)}`, "not_an_object"],
  ])("refuses %s", (_, body, code) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ code }));
  });

  test("replies to an accepted event with its id", () => {
    const { status, body, error } = native.reply([{ kind: "accepted", eventId: EVENT_ID }], false);
    expect({ status, error }).toEqual({ status: 202, error: undefined });
    expect(JSON.parse(body)).toEqual({ status: "accepted", event_id: EVENT_ID });
  });

  test("names the fields that were left out", () => {
    const ignored = { title: "Expected a", '"': "Expected b" };
    const { body } = native.reply([{ kind: "accepted", eventId: EVENT_ID, ignored }], false);
    expect(JSON.parse(body)).toMatchObject({ ignored: ["title", '"'] });
  });

  test("tells whether an event was stored or set aside", () => {
    const stored = native.reply([{ kind: "accepted", eventId: EVENT_ID }], true);
    expect(stored.status).toBe(200);
    expect(JSON.parse(stored.body)).toEqual({ status: "stored", event_id: EVENT_ID });
    const dead = native.reply([{ kind: "dead", eventId: EVENT_ID, reason: 'a "b"' }], true);
    expect(dead.status).toBe(200);
    expect(JSON.parse(dead.body)).toEqual({
      status: "dead_letter",
      event_id: EVENT_ID,
      reason: 'a "b"',
    });
  });

  test("names every invalid field", () => {
    const invalid = new InvalidFieldsError({ path: "Expected a", user_id: "Expected b" });
    const { status, body, error } = native.reply([{ kind: "refused", error: invalid }], false);
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
    const { status, body } = native.reply([refused], false);
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
