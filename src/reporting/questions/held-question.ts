import { afterDeadline } from "../../async/deadline.ts";
import { type Answer, type FromReport, type Question, siteOf } from "./messages.ts";
import { refusalOf } from "./refusal.ts";

/** The reason of a question that needs no answer any more. */
export class ClientLeft extends Error {
  override readonly name = "ClientLeft";
}

export interface Asked {
  readonly id: number;
  readonly question: Question;
  readonly port: MessagePort;
}

/** A question from its arrival to its answer. */
export class HeldQuestion {
  readonly #asked: Asked;
  readonly askedAtMs: number = performance.now();
  readonly #ending = new AbortController();
  #cancelDeadline = (): void => undefined;

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  get question(): Question {
    return this.#asked.question;
  }

  get siteId(): string {
    return siteOf(this.question);
  }

  get ageMs(): number {
    return performance.now() - this.askedAtMs;
  }

  /** Aborts when the client leaves, or at the deadline. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  isOf(port: MessagePort, id = this.#asked.id): boolean {
    return this.#asked.port === port && this.#asked.id === id;
  }

  /** Replaces the previous deadline. */
  setDeadline(deadlineMs: number, error: Error): void {
    this.#cancelDeadline();
    this.#cancelDeadline = afterDeadline(deadlineMs, () => this.abort(error));
  }

  abort(reason: Error): void {
    this.#ending.abort(reason);
  }

  answer(answer: Answer): void {
    this.#cancelDeadline();
    this.#reply({ type: "answer", id: this.#asked.id, answer }, [answer.body.buffer]);
  }

  refuse(error: unknown): void {
    this.#cancelDeadline();
    if (error instanceof ClientLeft) return;
    this.#reply({ type: "refusal", id: this.#asked.id, refusal: refusalOf(error) });
  }

  #reply(message: FromReport, transferred: ArrayBuffer[] = []): void {
    this.#asked.port.postMessage(message, transferred);
  }
}
