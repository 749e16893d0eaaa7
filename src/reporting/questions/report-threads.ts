import { afterDeadline } from "../../async/deadline.ts";
import { QueueFlowError } from "../../errors.ts";
import { WAIT_MS_MAX } from "./limits.ts";
import { listen } from "./listen.ts";
import { type Answer, type FromReport, type Question, siteOf, type ToReport } from "./messages.ts";
import { errorOf } from "./refusal.ts";
import { workMsMax } from "./work-ms-max.ts";

/** Questions on their way to one thread. It refuses those it has no room for at once, so that more mean that it is hung. */
const UNDERWAY_MAX = 256;
/** Beyond what a question may take there: the thread does not respond. */
const DEADLINE_MARGIN_MS = 1_500;

interface Peer {
  readonly name: string;
  readonly port: MessagePort;
  readonly underway: Map<number, PromiseWithResolvers<Answer>>;
}

/** The report threads of the process, as an ingest thread asks them. */
export class ReportThreads {
  /** By name. Those that run. */
  #peers: readonly Peer[] = [];
  #lastId = 0;
  readonly #threads: number;

  /** `threads` is how many the process has, whether or not they run. */
  constructor(threads: number) {
    this.#threads = threads;
  }

  /** Replaces the port of the thread's earlier run. Its end rejects the questions on their way. */
  join(name: string, port: MessagePort): void {
    const peer: Peer = { name, port, underway: new Map() };
    listen<FromReport>(port, {
      receive: (message) => settle(peer, message),
      left: () => this.#leave(peer),
    });
    this.#peers = [...this.#peers, peer].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws QueueFlowError `reports_disabled` when the process has none. */
  expectAny(): void {
    if (this.#threads > 0) return;
    throw new QueueFlowError(
      "reports_disabled",
      "Expected REPORT_WORKERS of at least 1 for /query, /live and /export, got 0: this engine answers no reports",
    );
  }

  /**
   * Returns the answer in the format that was asked for.
   *
   * @throws QueueFlowError `reports_disabled`, `invalid_field`, `query_too_large`, `reports_overloaded`, `report_unavailable`, `database_unavailable`;
   *   the reason of `signal` when it aborts.
   */
  async ask(question: Question, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    this.expectAny();
    const peer = this.#peerOf(siteOf(question));
    if (peer.underway.size >= UNDERWAY_MAX) {
      throw new QueueFlowError(
        "reports_overloaded",
        "Too many questions wait for the report thread",
      );
    }
    const id = (this.#lastId += 1);
    const answer = Promise.withResolvers<Answer>();
    const giveUp = (reason: unknown): void => {
      send(peer, { type: "cancel", id });
      answer.reject(reason);
    };
    const onAbort = () => giveUp(signal.reason);
    const deadlineMs = WAIT_MS_MAX + workMsMax(question) + DEADLINE_MARGIN_MS;
    const cancel = afterDeadline(deadlineMs, () => giveUp(unavailable("did not answer in time")));
    signal.addEventListener("abort", onAbort);
    peer.underway.set(id, answer);
    send(peer, { type: "ask", id, question });
    try {
      return await answer.promise;
    } finally {
      cancel();
      signal.removeEventListener("abort", onAbort);
      peer.underway.delete(id);
    }
  }

  /** The questions of a site go to one thread, so that they share what it has read. */
  #peerOf(siteId: string): Peer {
    const peer = this.#peers[Bun.hash.crc32(siteId) % this.#peers.length];
    if (peer === undefined) throw unavailable("is starting");
    return peer;
  }

  #leave(peer: Peer): void {
    this.#peers = this.#peers.filter((each) => each !== peer);
    for (const { reject } of peer.underway.values()) reject(unavailable("failed and is restarted"));
  }
}

function settle({ underway }: Peer, message: FromReport): void {
  const answer = underway.get(message.id);
  if (message.type === "answer") answer?.resolve(message.answer);
  else answer?.reject(errorOf(message.refusal));
}

function send({ port }: Peer, message: ToReport): void {
  port.postMessage(message);
}

function unavailable(why: string): QueueFlowError {
  return new QueueFlowError("report_unavailable", `The thread that answers questions ${why}`);
}
