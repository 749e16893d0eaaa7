import { describe, expect, test } from "bun:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { QueueFlowError } from "../../src/errors.ts";
import {
  LISTENERS_MAX,
  LISTENERS_OF_CLIENT_MAX,
  PUBLIC_LISTENERS_MAX,
  SILENCE_MS_MAX,
  SITES_MAX,
} from "../../src/http/live/limits.ts";
import { LiveListener } from "../../src/http/live/live-listener.ts";
import { type ListenerOptions, LiveStreams } from "../../src/http/live/live-streams.ts";
import { LiveWatch } from "../../src/http/live/live-watch.ts";
import { eventually } from "../support/eventually.ts";

interface Question extends PromiseWithResolvers<string> {
  readonly siteId: string;
  readonly signal: AbortSignal;
}

/** Streams whose questions the test answers. */
function streamsAndQuestions(expectAnswers = () => undefined) {
  const asked: Question[] = [];
  const streams = new LiveStreams(async (siteId, signal) => {
    const question = { siteId, signal, ...Promise.withResolvers<string>() };
    asked.push(question);
    return await question.promise;
  }, expectAnswers);
  const left: string[] = [];
  const open = (
    siteId: string,
    { client = "one", isPublic = false, isAdmitted }: Partial<ListenerOptions> = {},
  ) =>
    streams.open(siteId, {
      client,
      isPublic,
      isAdmitted: isAdmitted ?? (async () => true),
      onLeft: () => void left.push(client),
    });
  return { streams, asked, open, left, [Symbol.dispose]: () => streams.stop() };
}

async function textOf(body: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(body).text();
}

describe("live streams", () => {
  test("ask once for all listeners of a site", async () => {
    using here = streamsAndQuestions();
    const bodies = [here.open("a"), here.open("a"), here.open("a")];
    expect(here.asked.map(({ siteId }) => siteId)).toEqual(["a"]);
    here.asked[0]?.resolve('{"visitors":3}');
    await nextTurn();
    const late = here.open("a");
    here.streams.stop();
    for (const body of [...bodies, late]) {
      expect(await textOf(body)).toBe('retry: 2000\n\nevent: live\ndata: {"visitors":3}\n\n');
    }
  });

  test("are refused where no question is answered", () => {
    using here = streamsAndQuestions(() => {
      throw new QueueFlowError("reports_disabled", "because");
    });
    expect(() => here.open("a")).toThrow("because");
    expect(here.asked).toEqual([]);
  });

  test("have one question under way, and sites take turns", async () => {
    using here = streamsAndQuestions();
    for (const siteId of ["a", "b", "c"]) here.open(siteId);
    const sites = () => here.asked.map(({ siteId }) => siteId);
    expect(sites()).toEqual(["a"]);
    here.asked[0]?.resolve("{}");
    await eventually(() => expect(sites()).toEqual(["a", "b"]));
    here.asked[1]?.reject(new Error("a defect"));
    await eventually(() => expect(sites()).toEqual(["a", "b", "c"]));
    here.asked[2]?.resolve("{}");
    await eventually(() => expect(sites()).toEqual(["a", "b", "c", "a"]));
  });

  test.each([
    ["database_unavailable", ["database_unavailable", "database_unavailable"]],
    ["query_too_large", ["query_too_large", undefined]],
  ] as const)("say %s to whom it concerns", async (code, expected) => {
    using here = streamsAndQuestions();
    const bodies = [here.open("a"), here.open("b")];
    here.asked[0]?.reject(new QueueFlowError(code, "because"));
    await nextTurn();
    here.streams.stop();
    const texts = await Promise.all(bodies.map(textOf));
    const codes = texts.map((text) => /event: unavailable\ndata: {"error":"(\w+)"/.exec(text)?.[1]);
    expect(codes).toEqual([...expected]);
  });

  test.each([
    [
      "of a client",
      LISTENERS_OF_CLIENT_MAX,
      () => ({ client: "one", siteId: "a" }),
      "rate_limited",
    ],
    [
      "of a thread",
      LISTENERS_MAX,
      (i: number) => ({ client: `client ${i}`, siteId: "a" }),
      "reads_overloaded",
    ],
    [
      "of public links",
      PUBLIC_LISTENERS_MAX,
      (i: number) => ({ client: `client ${i}`, siteId: "a", isPublic: true }),
      "reads_overloaded",
    ],
    [
      "of sites",
      SITES_MAX,
      (i: number) => ({ client: `client ${i}`, siteId: `site ${i}` }),
      "reads_overloaded",
    ],
  ])("are limited in the number %s", async (_, max, nth, code) => {
    using here = streamsAndQuestions();
    const openNth = (i: number) => {
      const { siteId, ...options } = nth(i);
      return here.open(siteId, options);
    };
    const [first] = Array.from({ length: max }, (__, i) => openNth(i));
    expect(() => openNth(max)).toThrow(expect.objectContaining({ code }));
    await first?.cancel();
    openNth(max);
    expect(here.left).toHaveLength(1);
  });

  test("cancel the question of a site that nobody listens to", async () => {
    using here = streamsAndQuestions();
    const bodies = [here.open("a"), here.open("a")];
    await bodies[0]?.cancel();
    expect(here.asked[0]?.signal.aborted).toBeFalse();
    await bodies[1]?.cancel();
    expect(here.asked[0]?.signal.aborted).toBeTrue();
  });

  test("end when the client may no longer read", async () => {
    using here = streamsAndQuestions();
    let mayRead = true;
    const body = here.open("a", { isAdmitted: async () => mayRead });
    mayRead = false;
    expect(await textOf(body)).toBe("retry: 2000\n\n");
    expect(here.left).toEqual(["one"]);
  });

  test("are refused while the engine stops", () => {
    using here = streamsAndQuestions();
    here.streams.stop();
    expect(() => here.open("a")).toThrow(expect.objectContaining({ code: "shutting_down" }));
  });
});

function listenerOf(): { listener: LiveListener; left: () => number } {
  let left = 0;
  const onLeft = (): void => void (left += 1);
  const listener = new LiveListener({
    client: "one",
    isPublic: false,
    isAdmitted: async () => true,
    onLeft,
  });
  return { listener, left: () => left };
}

test("a listener that does not read is sent a bounded amount and ended", async () => {
  const { listener, left } = listenerOf();
  const part = new Uint8Array(50_000);
  for (let i = 0; i < 100; i += 1) listener.send(part);
  expect(left()).toBe(1);
  const { byteLength } = await new Response(listener.body).arrayBuffer();
  expect(byteLength).toBe(250_000);
});

test("a silent stream gets a comment", async () => {
  const { listener } = listenerOf();
  const watch = new LiveWatch("a", async () => await Promise.withResolvers<string>().promise);
  watch.add(listener);
  watch.tick(listener.sentAtMs + SILENCE_MS_MAX - 1);
  watch.tick(listener.sentAtMs + SILENCE_MS_MAX + 1);
  listener.end();
  expect(await textOf(listener.body)).toBe("retry: 2000\n\n:\n\n");
});

test("an answer is sent once until its numbers change", async () => {
  const { listener } = listenerOf();
  const answers = [
    '{"visitors":1,"as_of":"a","pending":0,"lag_ms":0}',
    '{"visitors":1,"as_of":"b","pending":7,"lag_ms":9}',
    '{"visitors":2,"as_of":"c","pending":0,"lag_ms":0}',
  ];
  let at = 0;
  const watch = new LiveWatch("a", async () => answers[at++] ?? "");
  watch.add(listener);
  for (const _ of answers) watch.show(await watch.ask());
  listener.end();
  const sent = (await textOf(listener.body)).matchAll(/"as_of":"(.)"/g).toArray();
  expect(sent.map(([, name]) => name)).toEqual(["a", "c"]);
});
