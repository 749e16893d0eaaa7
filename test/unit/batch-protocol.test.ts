import { describe, expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import { InvalidFieldsError, QueueFlowError } from "../../src/errors.ts";
import {
  BATCH_EVENTS_MAX,
  BATCH_NDJSON_BYTES_MAX,
  BODY_BYTES_MAX,
} from "../../src/event/limits.ts";
import { batchJson, batchNdjson } from "../../src/protocols/batch.ts";
import { jsonValues } from "../../src/protocols/batch-values.ts";
import type { EventOutcome, Protocol } from "../../src/protocols/protocol.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { sampleBody } from "../support/sample-event.ts";

const CONTEXT = { nowMs: Date.parse("2026-01-15T10:00:00.000Z"), mintEventId: () => "" };
const ID = "9b2f7c1e-8a54-4f0e-9a3b-0d1c2e3f4a5b";
const EVENT = JSON.stringify(sampleBody());
const full = new QueueFlowError("stream_full", "The stream is full");
const invalid = new InvalidFieldsError({ path: "Expected a path" });

const NESTED = `${"[".repeat(BODY_BYTES_MAX / 2)}${"]".repeat(BODY_BYTES_MAX / 2)}`;

function valuesOf(json: string): readonly unknown[] {
  return [...jsonValues(Buffer.from(json))].filter((value) => value !== undefined);
}

/** `event`, `invalid`, or the code of the error, for each event. */
async function kindsOf(protocol: Protocol, body: string | Uint8Array): Promise<readonly string[]> {
  const events = await protocol.parse(Buffer.from(body), CONTEXT);
  return events.map((each) => (each.kind === "unreadable" ? each.error.code : each.kind));
}

describe("a JSON batch", () => {
  test.each([
    ["an array", `[${EVENT},{}]`],
    ["an object with events", `{"sent_at":1,"events":[${EVENT},{}]}`],
    ["an array behind a byte order mark", `\ufeff [${EVENT},{}]`],
    ["an object whose name is escaped", `{"\\u0065vents":[${EVENT},{}]}`],
  ])("may be %s", async (_, body) => {
    expect(await kindsOf(batchJson, body)).toEqual(["event", "invalid"]);
  });

  test("has the elements that JSON.parse finds", async () => {
    const ids = ["", "events", '],"\\[}{', "é".repeat(3_000)];
    const element = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(...ids));
    const property = fc.asyncProperty(
      fc.array(element),
      fc.boolean(),
      async (events, isIndented) => {
        const body = JSON.stringify(
          { a: events, events, b: '"events":[' },
          null,
          isIndented ? 2 : 0,
        );
        expect(valuesOf(body)).toEqual(JSON.parse(body).events);
        expect(valuesOf(JSON.stringify(events))).toEqual(JSON.parse(JSON.stringify(events)));
      },
    );
    await fc.assert(property);
  });

  test("has an error for each element that is no object", async () => {
    const body = `[${EVENT},null,1,"a",[],{}]`;
    const refused = Array.from({ length: 4 }, () => "not_an_object");
    expect(await kindsOf(batchJson, body)).toEqual(["event", ...refused, "invalid"]);
  });

  test.each([
    ["nothing", "", "invalid_json"],
    ["half an array", `[${EVENT}`, "invalid_json"],
    ["NDJSON", `${EVENT}\n${EVENT}`, "invalid_json"],
    ["one event", EVENT, "not_an_object"],
    ["an object whose events are none", '{"events":{}}', "not_an_object"],
    ["a number", "5", "not_an_object"],
    ["bytes that are not UTF-8", Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), "invalid_json"],
    ["an array with brackets that differ", "[{]}", "invalid_json"],
    ["an array that ends in a comma", `[${EVENT},]`, "invalid_json"],
    ["a long array that ends in a comma", `[${EVENT.padEnd(BODY_BYTES_MAX)},]`, "invalid_json"],
    ["an array and more", `[${EVENT}]]`, "invalid_json"],
    ["two arrays of events", `{"events":[${EVENT}],"events":[{}]}`, "not_an_object"],
    [
      "mostly something else",
      `{"a":"${"-".repeat(BODY_BYTES_MAX)}","events":[]}`,
      "body_too_large",
    ],
  ])("is refused as a whole when it is %s", async (_, body, code) => {
    expect(await rejectionOf(kindsOf(batchJson, body))).toMatchObject({ code });
  });
});

describe("an NDJSON batch", () => {
  test("has an event per line and skips blank lines", async () => {
    const body = `\ufeff\n${EVENT}\r\n \t\r\n\n{}\n${EVENT}`;
    expect(await kindsOf(batchNdjson, body)).toEqual(["event", "invalid", "event"]);
    expect(await kindsOf(batchNdjson, "\n \n")).toEqual([]);
    expect(await kindsOf(batchNdjson, EVENT.padEnd(BODY_BYTES_MAX))).toEqual(["event"]);
  });

  test.each([
    ["blank lines", "\n"],
    ["lines of nested lists", `${NESTED}\n`],
  ])("lets others work among %s", async (_, line) => {
    let turns = 0;
    const turn = () => {
      turns += 1;
      timer = setImmediate(turn);
    };
    let timer = setImmediate(turn);
    await batchNdjson.parse(Buffer.alloc(BATCH_NDJSON_BYTES_MAX / 16, line), CONTEXT);
    clearImmediate(timer);
    expect(turns).toBeGreaterThan(0);
  });

  test.each([
    ["cut", EVENT.slice(0, -1), "invalid_json"],
    ["two events", `${EVENT}${EVENT}`, "invalid_json"],
    ["a list", `[${EVENT}]`, "not_an_object"],
    ["not UTF-8", Buffer.from([0x22, 0xff, 0x22]), "invalid_json"],
  ])("loses only a line that is %s", async (_, line, code) => {
    const [before, after] = [Buffer.from(`${EVENT}\n`), Buffer.from(`\n${EVENT}\n`)];
    const body = Buffer.concat([before, Buffer.from(line), after]);
    expect(await kindsOf(batchNdjson, body)).toEqual(["event", code, "event"]);
  });
});

const namesOf = (body: number): string => {
  const names = Array.from({ length: 6_000 }, (_, i) => `"${body}-${i}":1`);
  return `{${names.join()}}`;
};

describe.each([
  ["a JSON batch", batchJson, (events: readonly string[]) => `[${events.join()}]`],
  ["an NDJSON batch", batchNdjson, (events: readonly string[]) => events.join("\n")],
] as const)("%s", (_, protocol, join) => {
  test("has ten thousand events at most", async () => {
    const events = Array.from({ length: BATCH_EVENTS_MAX + 1 }, () => "{}");
    expect(await kindsOf(protocol, join(events.slice(1)))).toHaveLength(BATCH_EVENTS_MAX);
    const error = await rejectionOf(kindsOf(protocol, join(events)));
    expect(error).toMatchObject({ code: "body_too_large" });
  });

  test("loses only an event that is too long", async () => {
    const body = join([EVENT, EVENT.padEnd(BODY_BYTES_MAX + 1), EVENT]);
    expect(await kindsOf(protocol, body)).toEqual(["event", "body_too_large", "event"]);
  });

  test.each([
    ["names", namesOf],
    ["nested lists", () => NESTED],
    ["short events", () => Array.from({ length: 500 }, () => EVENT).join()],
  ])("parses no more than an event's bytes of %s at once", async (__, eventOf) => {
    const parse = spyOn(JSON, "parse");
    await protocol.parse(
      Buffer.from(join(Array.from({ length: 16 }, (___, i) => eventOf(i)))),
      CONTEXT,
    );
    const texts = parse.mock.calls.map(([text]) => text.length);
    parse.mockRestore();
    expect(Math.max(...texts)).toBeLessThanOrEqual(BODY_BYTES_MAX + "[]".length);
  });

  test("lets others work in between", async () => {
    let turns = 0;
    const turn = () => {
      turns += 1;
      timer = setImmediate(turn);
    };
    let timer = setImmediate(turn);
    const events = Array.from({ length: BATCH_EVENTS_MAX }, () => "{}");
    await protocol.parse(Buffer.from(join(events)), CONTEXT);
    clearImmediate(timer);
    expect(turns).toBeGreaterThan(0);
  });
});

describe("the reply to a batch", () => {
  const reply = (outcomes: readonly EventOutcome[], isStored = false) => {
    const { status, body, error } = batchJson.reply(outcomes, isStored);
    return { status, error, body: JSON.parse(body) };
  };
  const accepted: EventOutcome = { kind: "accepted", eventId: ID };
  const refused: EventOutcome = { kind: "refused", error: invalid };

  test("counts the events and tells the id of each", () => {
    const duplicate: EventOutcome = { kind: "duplicate", eventId: ID };
    const ignored = { ...accepted, ignored: { title: "Expected", "properties.a": "Expected" } };
    expect(reply([accepted, refused, duplicate, ignored])).toEqual({
      status: 202,
      error: undefined,
      body: {
        accepted: 2,
        duplicates_in_request: 1,
        refused: 1,
        event_ids: [ID, null, ID, ID],
        errors: [
          {
            index: 1,
            error: "invalid_field",
            message: "Expected a path",
            fields: { path: "Expected a path" },
          },
        ],
        ignored: [{ index: 3, fields: ["title", "properties.a"] }],
        ignored_events: 1,
      },
    });
  });

  test("is no confirmation when all events are refused", () => {
    const { status, body } = reply([refused], true);
    expect(status).toBe(422);
    expect(body).not.toHaveProperty("status");
    expect(body).not.toHaveProperty("dead_letters");
  });

  test("lists a hundred errors and counts all", () => {
    const { body } = reply([accepted, ...Array.from({ length: 250 }, () => refused)]);
    expect(body).toMatchObject({ accepted: 1, refused: 250 });
    expect(body.errors).toHaveLength(100);
    expect(body.event_ids).toHaveLength(251);
  });

  test("is 422 when every event is refused, and 202 without any", () => {
    expect(reply([refused, refused])).toMatchObject({
      status: 422,
      error: "invalid_field",
      body: { error: "invalid_field", retryable: false, refused: 2, event_ids: [null, null] },
    });
    expect(reply([])).toMatchObject({ status: 202, body: { accepted: 0, event_ids: [] } });
  });

  test("tells that all are stored, and which were set aside", () => {
    const dead: EventOutcome = { kind: "dead", eventId: ID, reason: "rejected" };
    expect(reply([accepted, dead, refused], true)).toMatchObject({
      status: 200,
      body: {
        status: "stored",
        accepted: 2,
        refused: 1,
        dead_letters: [{ index: 1, reason: "rejected" }],
      },
    });
  });

  test("is one 503 with all ids when an append failed", () => {
    const unknown: EventOutcome = { kind: "refused", error: full, eventId: ID };
    expect(reply([unknown, refused, unknown])).toEqual({
      status: 503,
      error: "stream_full",
      body: {
        error: "stream_full",
        message: "The stream is full",
        retryable: true,
        event_ids: [ID, null, ID],
      },
    });
  });

  test.each([
    [new QueueFlowError("rate_limited", "Too many", { retryAfterS: 7 }), 429, 7],
    [new QueueFlowError("batch_over_limit", "Too large"), 413, undefined],
  ])("is one error with all ids when a limit refused: %s", (error, status, retryAfterS) => {
    const outcome: EventOutcome = { kind: "refused", error, eventId: ID };
    const { body, ...answer } = batchJson.reply([outcome, refused, outcome], false);
    expect(answer).toEqual({ status, error: error.code, retryAfterS });
    expect(JSON.parse(body)).toMatchObject({ error: error.code, event_ids: [ID, null, ID] });
  });
});
