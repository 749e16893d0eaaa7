import { describe, expect, test } from "bun:test";
import { Registry } from "prom-client";
import { acceptEvents } from "../../src/accept/accept-events.ts";
import type { StoredState } from "../../src/accept/confirm-stored.ts";
import { OPEN_ACCESS } from "../../src/access/access-source.ts";
import type { Client } from "../../src/access/limits/limiter.ts";
import { QueueFlowError } from "../../src/errors.ts";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import { parseEvent } from "../../src/event/parse-event.ts";
import { IngestMetrics } from "../../src/metrics/ingest-metrics.ts";
import type { Protocol } from "../../src/protocols/protocol.ts";
import { Scrape } from "../support/metrics-samples.ts";
import { recordingLog } from "../support/recording-log.ts";
import { sampleBody } from "../support/sample-event.ts";

/** A protocol of several events, which always replies with 200. */
const lists: Protocol = {
  parse: (body, context) =>
    JSON.parse(Buffer.from(body).toString()).map((each: Record<string, unknown>) =>
      parseEvent(each, context),
    ),
  reply: (outcomes, isStored) => {
    const words = outcomes.map((each) => {
      if (each.kind === "refused") return each.error.code;
      return each.kind === "accepted" ? each.eventId : each.kind;
    });
    return { status: 200, body: `${words.join()}${isStored ? " stored" : ""}` };
  },
  refuse: ({ code }) => ({ status: 200, body: code, error: code }),
};

const FIRST = "00000000-0000-4000-8000-000000000001";
const SECOND = "00000000-0000-4000-8000-000000000002";
const first = sampleBody({ event_id: FIRST });
const second = sampleBody({ event_id: SECOND });
const invalid = sampleBody({ path: "" });
const ahead = sampleBody({ timestamp: new Date(Date.now() + 25 * 3_600_000).toISOString() });

interface Faults {
  /** Where the events are, for a request that waits. */
  readonly states?: readonly StoredState[] | "unknown";
  readonly append?: Error;
  readonly confirmClock?: Error;
  readonly readBody?: Error;
  readonly limit?: Error;
}

async function accept(bodies: readonly object[], faults: Faults = {}) {
  const appended: (readonly AnalyticsEvent[])[] = [];
  const registry = new Registry();
  const { log, records } = recordingLog();
  const fail = async (error: Error | undefined) => {
    if (error !== undefined) throw error;
  };
  const append = async (events: readonly AnalyticsEvent[]) => {
    appended.push(events);
    await fail(faults.append);
    return "1-1";
  };
  const readBody = async () => {
    await fail(faults.readBody);
    return Buffer.from(JSON.stringify(bodies));
  };
  const metrics = new IngestMetrics(registry);
  const taken: number[] = [];
  const limits = {
    admitEvents: async (_: Client, events: readonly object[]) => {
      if (faults.limit !== undefined) throw faults.limit;
      taken.push(events.length);
      return { demands: [], quotas: [] };
    },
    giveBack: () => taken.push(0),
  };
  const confirmClock = async () => await fail(faults.confirmClock);
  const appendForIds = async (events: readonly AnalyticsEvent[]) => {
    await append(events);
    return { stream: "events", entryIds: events.map((_, i) => `1-${i}`) };
  };
  const parts = {
    access: OPEN_ACCESS,
    producer: { append, appendForIds },
    confirmClock,
    metrics,
    log,
    keptQuery: new Set<string>(),
    limits,
    confirm: {
      waitUntilFinished: async () => faults.states !== "unknown",
      findStored: async () => (faults.states === "unknown" ? [] : (faults.states ?? [])),
      timeoutMs: 1,
    },
  };
  const { body } = await acceptEvents(
    {
      protocol: lists,
      readBody,
      waits: faults.states !== undefined,
      client: { address: undefined },
    },
    parts,
  );
  const scrape = new Scrape(await registry.metrics());
  const accepted = scrape.value("queueflow_events_accepted_total");
  const refused = (reason: string) => scrape.value("queueflow_events_refused_total", { reason });
  return { body, appended, accepted, refused, records, taken };
}

describe("accepting events", () => {
  test("appends the valid events in one call and counts each", async () => {
    const { body, appended, accepted, refused } = await accept([first, invalid, second, invalid]);
    expect(body).toBe(`${FIRST},invalid_field,${SECOND},invalid_field`);
    expect(appended.map((events) => events.map(({ eventId }) => eventId))).toEqual([
      [FIRST, SECOND],
    ]);
    expect(accepted).toBe(2);
    expect(refused("invalid_field")).toBe(2);
  });

  test("refuses each valid event when the append fails", async () => {
    const append = new QueueFlowError("stream_full", "The stream is full");
    const { body, accepted, refused } = await accept([first, invalid, second], { append });
    expect(body).toBe("stream_full,invalid_field,stream_full");
    expect(accepted).toBe(0);
    expect(refused("stream_full")).toBe(2);
    expect(refused("invalid_field")).toBe(1);
  });

  test("appends nothing while the clock may be wrong", async () => {
    const confirmClock = new QueueFlowError("clock_wrong", "The clocks differ");
    const { body, appended, refused } = await accept([first, ahead, invalid], { confirmClock });
    expect(body).toBe("clock_wrong,clock_wrong,invalid_field");
    expect(appended).toEqual([]);
    expect(refused("clock_wrong")).toBe(2);
  });

  test("refuses an event of the future once the clock is confirmed", async () => {
    expect(await accept([ahead])).toMatchObject({ body: "invalid_field" });
  });

  test("asks about the clock only for an event that needs it", async () => {
    const confirmClock = new QueueFlowError("clock_wrong", "The clocks differ");
    const { body } = await accept([first, invalid], { confirmClock });
    expect(body).toBe(`${FIRST},invalid_field`);
  });

  test("counts a request whose body is refused", async () => {
    const readBody = new QueueFlowError("slow_body", "Expected the whole body");
    const { body, refused, records } = await accept([], { readBody });
    expect(body).toBe("slow_body");
    expect(refused("slow_body")).toBe(1);
    expect(records).toEqual([]);
  });

  test("logs an unexpected error and reveals nothing of it", async () => {
    const { body, refused, records } = await accept([first], { append: new Error("secret") });
    expect(body).toBe("internal");
    expect(refused("internal")).toBe(1);
    expect(records).toMatchObject([{ level: "error", fields: { error: "secret" } }]);
  });

  test("appends an event that a request repeats once", async () => {
    const { body, appended, accepted } = await accept([first, second, first]);
    expect(body).toBe(`${FIRST},${SECOND},duplicate`);
    expect(appended[0]).toHaveLength(2);
    expect(accepted).toBe(2);
  });
});

describe("limits of events", () => {
  test("count each valid event once", async () => {
    expect(await accept([first, invalid, second, first])).toMatchObject({ taken: [2] });
  });

  test("refuse all valid events, and append none", async () => {
    const limit = new QueueFlowError("rate_limited", "Expected fewer events");
    const { body, appended, refused } = await accept([first, invalid, second], { limit });
    expect(body).toBe("rate_limited,invalid_field,rate_limited");
    expect(appended).toEqual([]);
    expect(refused("rate_limited")).toBe(2);
  });

  test("are given back when the append fails", async () => {
    const append = new QueueFlowError("stream_unavailable", "Redis is away");
    expect(await accept([first, second], { append })).toMatchObject({ taken: [2, 0] });
  });

  test("stay taken while the events are not known to be stored", async () => {
    expect(await accept([first], { states: "unknown" })).toMatchObject({ taken: [1] });
  });
});

describe("waiting until events are stored", () => {
  const dead = { kind: "dead", reason: "rejected" } as const;
  const cases: readonly (readonly [string, NonNullable<Faults["states"]>, string])[] = [
    ["all are stored", [{ kind: "stored" }, { kind: "stored" }], `${FIRST},${SECOND} stored`],
    ["one was set aside", [{ kind: "stored" }, dead], `${FIRST},dead stored`],
    ["one is nowhere", [{ kind: "stored" }, undefined], `${FIRST},${SECOND}`],
    ["the wait ends first", "unknown", `${FIRST},${SECOND}`],
  ];
  test.each(cases)("replies when %s", async (_, states, expected) => {
    const { body, accepted } = await accept([first, second], { states });
    expect(body).toBe(expected);
    expect(accepted).toBe(2);
  });
});
