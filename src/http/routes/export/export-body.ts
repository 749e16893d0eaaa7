import { wait } from "../../../async/wait.ts";
import { QueueFlowError } from "../../../errors.ts";
import type { ExportNotes } from "../../../reporting/export/export-session.ts";
import type { Answer, ExportQuestion, Question } from "../../../reporting/questions/messages.ts";

/** Less than the thread keeps an export that nobody asks for. */
const OVERLOADED_MS_MAX = 45_000;
const OVERLOADED_PAUSE_MS = 500;

export type AskReport = (question: Question, signal: AbortSignal) => Promise<Answer>;

type OpeningStep = Extract<ExportQuestion["step"], { kind: "open" }>;

export interface OpenedExport {
  readonly notes: ExportNotes;
  readonly first: Answer;
  readonly next: () => Promise<Answer>;
  /** Does not wait. */
  readonly close: () => void;
}

/** Rejects as the report thread refuses. `signal` aborts when the client leaves. */
export async function openExport(
  step: OpeningStep,
  { askReport, signal }: { readonly askReport: AskReport; readonly signal: AbortSignal },
): Promise<OpenedExport> {
  const { siteId } = step.query;
  const common = { kind: "export", siteId, exportId: Bun.randomUUIDv7() } as const;
  const first = await askReport({ ...common, step }, signal);
  const notes: ExportNotes = JSON.parse(first.meta ?? "{}");
  return {
    notes,
    first,
    next: async () =>
      await whileOverloaded(
        async () => await askReport({ ...common, step: { kind: "next" } }, signal),
        signal,
      ),
    close() {
      const never = new AbortController().signal;
      // The thread forgets it after a while, too.
      void askReport({ ...common, step: { kind: "close" } }, never).catch(() => undefined);
    },
  };
}

/** Asks again while the thread has no room for the question: such a step has not begun, and others' questions must cut no export. */
async function whileOverloaded(ask: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  const endsAtMs = performance.now() + OVERLOADED_MS_MAX;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isOverloaded = error instanceof QueueFlowError && error.code === "reports_overloaded";
      if (!isOverloaded || performance.now() >= endsAtMs) throw error;
      await wait(OVERLOADED_PAUSE_MS, signal);
    }
  }
}

/**
 * Streams as fast as the client reads. What fails cuts the response, so that no client takes a part for the whole; `onCut` is told
 * why.
 */
export function exportBody(
  { first, next, close }: OpenedExport,
  onCut: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  let waiting: Answer | undefined = first;
  const nextAnswer = async (): Promise<Answer> => {
    const answer = waiting ?? (await next());
    waiting = undefined;
    // The stream is asked again only after bytes.
    return answer.body.length > 0 || answer.isLast === true ? answer : await nextAnswer();
  };
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { body, isLast } = await nextAnswer();
          if (body.length > 0) controller.enqueue(body);
          if (isLast === true) controller.close();
        } catch (error) {
          onCut(error);
          // Bun would print an error here.
          controller.error();
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}
