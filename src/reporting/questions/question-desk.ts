import { unlessAborted } from "../../async/deadline.ts";
import { FairQueue } from "../../async/fair-queue.ts";
import { asQueueFlowError, QueueFlowError } from "../../errors.ts";
import type { QuestionOutcome } from "../../metrics/report-metrics.ts";
import { FoldTurns, type Turn } from "./fold-turns.ts";
import { type Asked, ClientLeft, HeldQuestion } from "./held-question.ts";
import { QUESTIONS_MAX, RUNNING_MAX, RUNNING_OF_SITE_MAX, WAIT_MS_MAX } from "./limits.ts";
import { listen } from "./listen.ts";
import type { Answer, Question, ToReport } from "./messages.ts";
import { workMsMax } from "./work-ms-max.ts";

export interface Ended {
  readonly outcome: QuestionOutcome;
  /** Undefined when it was answered. */
  readonly error: unknown;
  /** From the arrival of the question. */
  readonly tookMs: number;
}

/** On a question. */
export interface Work extends Turn {
  /** When the question arrived, by `performance.now()`. */
  readonly askedAtMs: number;
}

export interface QuestionDeskOptions {
  /** Rejects with the reason of the work's signal soon after it aborts. */
  readonly answer: (question: Question, work: Work) => Promise<Answer>;
  /** Called once for each question. */
  readonly onEnded: (ended: Ended) => void;
  /** `WAIT_MS_MAX` and `workMsMax` of the question unless given. */
  readonly waitMs?: number;
  readonly queryMs?: number;
}

/** Holds the questions of all ingest threads and works on some at once. Sites take turns. */
export class QuestionDesk {
  readonly #options: QuestionDeskOptions;
  readonly #turns = new FoldTurns();
  /** By site. */
  readonly #waiting = new FairQueue<HeldQuestion>();
  /** With the time at which each began. */
  readonly #running = new Map<HeldQuestion, number>();
  readonly #held = new Set<HeldQuestion>();

  constructor(options: QuestionDeskOptions) {
    this.#options = options;
  }

  /** How many wait or are worked on. */
  get size(): number {
    return this.#held.size;
  }

  /** Of the oldest work, 0 when idle. */
  get workAgeMs(): number {
    const [startedAtMs] = this.#running.values();
    return startedAtMs === undefined ? 0 : performance.now() - startedAtMs;
  }

  /** Answers what an ingest thread asks, until that thread exits. */
  join(port: MessagePort): void {
    const left = new ClientLeft();
    listen<ToReport>(port, {
      receive: (message) => {
        if (message.type === "ask") this.#hold({ ...message, port });
        else this.#abort((held) => held.isOf(port, message.id), left);
      },
      left: () => this.#abort((held) => held.isOf(port), left),
    });
  }

  /** Refuses what it holds. Resolves when no work is left. */
  async stop(): Promise<void> {
    const stopped = "The thread that answers questions is shutting down";
    this.#abort(() => true, new QueueFlowError("shutting_down", stopped));
    while (this.#running.size > 0) await new Promise(setImmediate);
  }

  #hold(asked: Asked): void {
    const held = new HeldQuestion(asked);
    this.#held.add(held);
    held.setDeadline(this.#options.waitMs ?? WAIT_MS_MAX, overloaded());
    held.signal.addEventListener("abort", () => {
      if (this.#running.has(held)) return;
      this.#waiting.remove(held.siteId, held);
      this.#refuse(held, held.signal.reason);
    });
    const refused = this.#waiting.add(held.siteId, held, QUESTIONS_MAX - this.#running.size);
    if (refused !== undefined) this.#refuse(refused, overloaded());
    this.#startSome();
  }

  #abort(isMeant: (held: HeldQuestion) => boolean, reason: Error): void {
    for (const held of this.#held) if (isMeant(held)) held.abort(reason);
  }

  #startSome(): void {
    while (this.#running.size < RUNNING_MAX) {
      const next = this.#waiting.take((siteId) => this.#mayStart(siteId));
      if (next === undefined) return;
      void this.#run(next);
    }
  }

  #mayStart(siteId: string): boolean {
    const ofSite = this.#running.keys().filter((held) => held.siteId === siteId);
    return ofSite.toArray().length < RUNNING_OF_SITE_MAX;
  }

  async #run(held: HeldQuestion): Promise<void> {
    const { question, siteId, askedAtMs, signal } = held;
    this.#running.set(held, performance.now());
    held.setDeadline(this.#options.queryMs ?? workMsMax(question), tooSlow(question));
    const turn = this.#turns.begin(siteId, signal);
    const work = this.#options.answer(question, { ...turn, askedAtMs });
    try {
      held.answer(await unlessAborted(work, signal));
      this.#end(held, "answered");
    } catch (error) {
      this.#refuse(held, error);
    }
    // Until then it holds a connection.
    await work.catch(() => undefined);
    this.#running.delete(held);
    this.#startSome();
  }

  #refuse(held: HeldQuestion, error: unknown): void {
    held.refuse(error);
    const outcome = error instanceof ClientLeft ? "cancelled" : asQueueFlowError(error).code;
    this.#end(held, outcome, error);
  }

  #end(held: HeldQuestion, outcome: QuestionOutcome, error?: unknown): void {
    this.#held.delete(held);
    this.#options.onEnded({ outcome, error, tookMs: held.ageMs });
  }
}

function overloaded(): QueueFlowError {
  const message = "Too many questions already wait for the report thread";
  return new QueueFlowError("reports_overloaded", message);
}

function tooSlow(question: Question): QueueFlowError {
  const withinS = workMsMax(question) / 1_000;
  const message =
    question.kind === "export"
      ? `Expected a day that can be read for an export within ${withinS} s: try again while fewer questions are asked`
      : `Expected a question that can be answered within ${withinS} s: ask for a shorter date_range, fewer dimensions or metrics, or more filters`;
  return new QueueFlowError("query_too_large", message);
}
