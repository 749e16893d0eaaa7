import { describe, expect, test } from "bun:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { InvalidFieldsError, QueueFlowError } from "../../../src/errors.ts";
import { QUESTIONS_MAX, RUNNING_OF_SITE_MAX } from "../../../src/reporting/questions/limits.ts";
import { type Answer, siteOf } from "../../../src/reporting/questions/messages.ts";
import {
  type Work as DeskWork,
  type Ended,
  QuestionDesk,
  type QuestionDeskOptions,
} from "../../../src/reporting/questions/question-desk.ts";
import { ReportThreads } from "../../../src/reporting/questions/report-threads.ts";
import { eventually } from "../../support/eventually.ts";
import { rejectionOf } from "../../support/rejection-of.ts";
import { questionOf } from "./report-questions.ts";

const NEVER = new AbortController().signal;

interface Work {
  readonly siteId: string;
  readonly turn: DeskWork;
  readonly answer: PromiseWithResolvers<Answer>;
}

/** A desk whose work the test finishes, and an ingest thread that asks it over a channel. */
function deskAndAsker(limits: Pick<QuestionDeskOptions, "waitMs" | "queryMs"> = {}) {
  const begun: Work[] = [];
  const ended: Ended[] = [];
  const desk = new QuestionDesk({
    answer: async (question, turn) => {
      const work = { siteId: siteOf(question), turn, answer: Promise.withResolvers<Answer>() };
      begun.push(work);
      turn.signal.addEventListener("abort", () => work.answer.reject(turn.signal.reason));
      return await work.answer.promise;
    },
    onEnded: (end) => void ended.push(end),
    ...limits,
  });
  const threads = new ReportThreads(1);
  const { port1, port2 } = new MessageChannel();
  threads.join("report-1", port1);
  desk.join(port2);
  const ask = async (siteId: string, signal = NEVER) => {
    const { body } = await threads.ask(questionOf(siteId), signal);
    return new TextDecoder().decode(body);
  };
  return { desk, begun, ended, threads, ask, ports: [port1, port2] as const };
}

/** Finishes all work until nothing is held. */
async function finishAll({ desk, begun }: ReturnType<typeof deskAndAsker>): Promise<void> {
  while (desk.size > 0) {
    for (const { siteId, answer } of begun)
      answer.resolve({ body: new TextEncoder().encode(siteId) });
    await nextTurn();
  }
}

async function untilHeld({ desk }: ReturnType<typeof deskAndAsker>, size: number): Promise<void> {
  await eventually(() => expect(desk.size).toBe(size));
}

describe("questions", () => {
  test("are answered to those who asked", async () => {
    const file = deskAndAsker();
    const answers = Promise.all(["a", "b", "c"].map(async (siteId) => await file.ask(siteId)));
    await untilHeld(file, 3);
    await finishAll(file);
    expect(await answers).toEqual(["a", "b", "c"]);
    expect(file.ended.map(({ outcome }) => outcome)).toEqual(["answered", "answered", "answered"]);
  });

  test("of a site leave room for other sites", async () => {
    const file = deskAndAsker();
    const answers = ["a", "a", "a", "a", "b"].map(async (siteId) => await file.ask(siteId));
    await untilHeld(file, answers.length);
    const { begun } = file;
    expect(begun.map(({ siteId }) => siteId).join("")).toBe(`${"a".repeat(RUNNING_OF_SITE_MAX)}b`);
    await finishAll(file);
    await Promise.all(answers);
  });

  test("beyond the limit are refused, of the site with the most", async () => {
    const file = deskAndAsker();
    const greedy = Array.from({ length: QUESTIONS_MAX }, async () => await file.ask("greedy"));
    await untilHeld(file, QUESTIONS_MAX);
    expect(await rejectionOf(file.ask("greedy"))).toMatchObject({ code: "reports_overloaded" });
    const modest = file.ask("modest");
    expect(await rejectionOf(greedy.at(-1) ?? modest)).toMatchObject({
      code: "reports_overloaded",
    });
    await finishAll(file);
    expect(await modest).toBe("modest");
    await Promise.all(greedy.slice(0, -1));
  });

  test("end when their client leaves, waiting or worked on", async () => {
    const file = deskAndAsker();
    const left = new AbortController();
    const asked = Array.from({ length: 3 }, async () => await file.ask("a", left.signal));
    await untilHeld(file, 3);
    left.abort(new Error("left"));
    for (const each of asked) expect(await rejectionOf(each)).toEqual(new Error("left"));
    await untilHeld(file, 0);
    expect(file.begun.every(({ turn }) => turn.signal.aborted)).toBe(true);
    expect(file.ended.map(({ outcome }) => outcome)).toEqual(Array(3).fill("cancelled"));
  });

  test("end when the ingest thread exits", async () => {
    const file = deskAndAsker();
    const refusal = rejectionOf(file.ask("a"));
    await untilHeld(file, 1);
    file.ports[0].close();
    await untilHeld(file, 0);
    expect(file.ended.map(({ outcome }) => outcome)).toEqual(["cancelled"]);
    expect(await refusal).toMatchObject({ code: "report_unavailable" });
  });

  test("are refused at once when the report thread exits", async () => {
    const file = deskAndAsker();
    const refusal = rejectionOf(file.ask("a"));
    await untilHeld(file, 1);
    file.ports[1].close();
    expect(await refusal).toMatchObject({ code: "report_unavailable" });
    expect(await rejectionOf(file.ask("a"))).toMatchObject({ code: "report_unavailable" });
  });

  test("are refused once the report thread stops", async () => {
    const file = deskAndAsker();
    const refusals = [file.ask("a"), file.ask("a"), file.ask("a")].map(rejectionOf);
    await untilHeld(file, 3);
    await file.desk.stop();
    for (const each of refusals) expect(await each).toMatchObject({ code: "shutting_down" });
  });

  test("that take too long are refused, and say what to narrow", async () => {
    const file = deskAndAsker({ queryMs: 1 });
    const refusal = await rejectionOf(file.ask("a"));
    expect(refusal).toMatchObject({
      code: "query_too_large",
      message: expect.stringContaining("shorter date_range"),
    });
    expect(file.begun[0]?.turn.signal.reason).toMatchObject({ code: "query_too_large" });
  });

  test("that wait too long are refused", async () => {
    const file = deskAndAsker({ waitMs: 1 });
    const worked = Array.from({ length: RUNNING_OF_SITE_MAX }, async () => await file.ask("a"));
    expect(await rejectionOf(file.ask("a"))).toMatchObject({ code: "reports_overloaded" });
    await finishAll(file);
    await Promise.all(worked);
  });

  test.each([
    {
      name: "a bad field",
      thrown: new InvalidFieldsError({ metrics: "wrong" }),
      refusal: { code: "invalid_field", fields: { metrics: "wrong" } },
    },
    {
      name: "too large a question",
      thrown: new QueueFlowError("query_too_large", "narrow it"),
      refusal: { code: "query_too_large", message: "narrow it" },
    },
    {
      name: "a defect",
      thrown: new TypeError("a secret"),
      refusal: { code: "internal", message: "The server failed to answer this request" },
    },
  ])("are refused for $name", async ({ thrown, refusal }) => {
    const file = deskAndAsker();
    const rejection = rejectionOf(file.ask("a"));
    await eventually(() => expect(file.begun).toHaveLength(1));
    file.begun[0]?.answer.reject(thrown);
    expect(await rejection).toMatchObject(refusal);
  });
});

test("the questions of a site go to one thread, which another replaces", async () => {
  const threads = new ReportThreads(1);
  const asked: string[] = [];
  const channels = ["report-1", "report-2"].map((name) => {
    const { port1, port2 } = new MessageChannel();
    const desk = new QuestionDesk({
      answer: async () => {
        asked.push(name);
        return { body: new Uint8Array(0) };
      },
      onEnded: () => undefined,
    });
    desk.join(port2);
    threads.join(name, port1);
    return port2;
  });
  const askAll = async () => {
    asked.length = 0;
    for (const siteId of ["a", "a", "b", "b", "c", "c", "d", "d"]) {
      await threads.ask(questionOf(siteId), NEVER);
    }
    return asked.filter((_, at) => at % 2 === 0);
  };
  expect(new Set(await askAll())).toEqual(new Set(["report-1", "report-2"]));
  const byPairs = Map.groupBy(asked.keys(), (at) => Math.floor(at / 2));
  for (const [first = 0, second = 0] of byPairs.values()) expect(asked[first]).toBe(asked[second]);
  channels[0]?.close();
  await eventually(async () => expect(new Set(await askAll())).toEqual(new Set(["report-2"])));
});

test("a question that waits was asked when it arrived", async () => {
  const desk = deskAndAsker();
  const count = RUNNING_OF_SITE_MAX + 1;
  const asking = Array.from({ length: count }, async () => await desk.ask("a.example"));
  await untilHeld(desk, count);
  const heldAtMs = performance.now();
  await finishAll(desk);
  await Promise.all(asking);
  expect(desk.begun.length).toBe(count);
  expect(desk.begun.filter(({ turn }) => turn.askedAtMs > heldAtMs)).toEqual([]);
});
