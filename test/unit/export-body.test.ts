import { expect, test } from "bun:test";
import { QueueFlowError } from "../../src/errors.ts";
import { exportBody, openExport } from "../../src/http/routes/export/export-body.ts";
import type { Answer, Question } from "../../src/reporting/questions/messages.ts";

const STEP = {
  kind: "open",
  format: "ndjson",
  query: {
    siteId: "example.com",
    metrics: ["events"],
    dimensions: [],
    dateRange: { kind: "preset", preset: "all" },
    include: { timeLabels: false, totalRows: false },
    orderBy: [],
    limit: 1,
    offset: 0,
  },
} as const;

function piece(text: string, isLast = false): Answer {
  return { body: new TextEncoder().encode(text), isLast, meta: "{}" };
}

/** Serves an export whose pieces are these; an error fails its step. */
function serve(pieces: (Answer | Error)[]) {
  const asked: Question[] = [];
  const cuts: unknown[] = [];
  const askReport = async (question: Question): Promise<Answer> => {
    asked.push(question);
    const next = pieces.shift();
    if (next instanceof Error || next === undefined) throw next ?? new Error("No more pieces");
    return next;
  };
  const server = Bun.serve({
    port: 0,
    fetch: async ({ signal }) =>
      new Response(
        exportBody(await openExport(STEP, { askReport, signal }), (error) => void cuts.push(error)),
      ),
    error: () => new Response("refused", { status: 503 }),
  });
  return {
    asked,
    cuts,
    url: server.url,
    [Symbol.asyncDispose]: async () => await server.stop(true),
  };
}

test("an export arrives whole, and asks for no more than that", async () => {
  await using served = serve([piece("a\n"), piece(""), piece("b\n"), piece("end", true)]);
  expect(await (await fetch(served.url)).text()).toBe("a\nb\nend");
  expect(served.asked.map((question) => question.kind === "export" && question.step.kind)).toEqual([
    "open",
    "next",
    "next",
    "next",
  ]);
});

test("an export that fails on its way is cut off", async () => {
  const failure = new QueueFlowError("report_unavailable", "The thread failed");
  await using served = serve([piece("a\n"), failure]);
  const outcome = await fetch(served.url)
    .then(async (response) => await response.text())
    .then(
      () => "whole",
      () => "cut off",
    );
  expect(outcome).toBe("cut off");
  expect(served.cuts).toEqual([failure]);
});

test("an export waits while others take the thread's time", async () => {
  const overloaded = () => new QueueFlowError("reports_overloaded", "Too many");
  const pieces = [piece("a\n"), overloaded(), piece("b\n"), overloaded(), piece("end", true)];
  await using served = serve(pieces);
  expect(await (await fetch(served.url)).text()).toBe("a\nb\nend");
  expect(served.cuts).toEqual([]);
});

test("an export that cannot begin is refused", async () => {
  await using served = serve([new QueueFlowError("reports_overloaded", "Too many")]);
  expect((await fetch(served.url)).status).toBe(503);
});
