import { setTimeout as delay } from "node:timers/promises";
import type { SentEvents } from "./engine-servers.ts";

/** How long a sender waits after an answer that says later, or none at all, in milliseconds. */
const PAUSE_MS = 20;
/** A client gives up on an answer by then, as any client would. */
const ANSWER_MS_MAX = 15_000;
const SENDERS = 8;

/** What to send, and to whom. */
export interface LoadOptions {
  /** Asked before every event, so that the engine may move to another port meanwhile. */
  readonly url: () => string;
  readonly siteId?: string;
  readonly senders?: number;
}

/** Senders that send one event after another, each with an id of its own, until they are stopped. */
export interface Load extends SentEvents, AsyncDisposable {
  readonly accepted: ReadonlySet<string>;
  readonly sent: ReadonlySet<string>;
  /** How often each status came; 0 counts connections that broke before an answer. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Resolves when so many more events were answered 202. */
  untilAccepted(more: number): Promise<void>;
  /** Resolves when every sender has its last answer. */
  stop(): Promise<void>;
}

/** Starts a steady load of `POST /event`. */
export function startLoad({ url, siteId = "load", senders = SENDERS }: LoadOptions): Load {
  const accepted = new Set<string>();
  const sent = new Set<string>();
  const statuses = new Map<number, number>();
  const targets = new Set<{ readonly size: number; readonly reached: () => void }>();
  const stopping = new AbortController();

  async function sendOne(number: number): Promise<number> {
    const eventId = Bun.randomUUIDv7();
    sent.add(eventId);
    const status = await statusOf(url(), { eventId, siteId, number });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status !== 202) return status;
    accepted.add(eventId);
    for (const target of targets) if (accepted.size >= target.size) target.reached();
    return status;
  }
  async function keepSending(sender: number): Promise<void> {
    for (let number = sender; !stopping.signal.aborted; number += senders) {
      if ((await sendOne(number)) !== 202) await delay(PAUSE_MS);
    }
  }
  const finished = Promise.all(Array.from({ length: senders }, (_, sender) => keepSending(sender)));

  async function stop(): Promise<void> {
    stopping.abort();
    await finished;
  }
  return {
    accepted,
    sent,
    statuses,
    async untilAccepted(more) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const target = { size: accepted.size + more, reached: resolve };
      targets.add(target);
      await promise;
      targets.delete(target);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Paths, users and days that repeat, so that rollups meet. */
async function statusOf(
  url: string,
  { eventId, siteId, number }: { eventId: string; siteId: string; number: number },
): Promise<number> {
  const body = {
    site_id: siteId,
    event_type: "page_view",
    path: `/${number % 7}`,
    user_id: `user-${number % 50}`,
    timestamp: `2026-01-${14 + (number % 3)}T12:00:00Z`,
    event_id: eventId,
  };
  try {
    const response = await fetch(`${url}/event`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
