import { setTimeout as delay } from "node:timers/promises";
import type { SentEvents } from "./engine-servers.ts";

/** Pause of a sender after each response: a load, but not one that takes the CPU time of what is tested. */
const PAUSE_MS = 20;
const RESPONSE_MS_MAX = 15_000;
const SENDERS = 8;

export interface LoadOptions {
  /** Called before every request, because the engine may change. */
  readonly url: () => string;
  readonly siteId?: string;
  readonly senders?: number;
}

/** Concurrent senders of events with unique ids. */
export interface Load extends SentEvents, AsyncDisposable {
  readonly accepted: ReadonlySet<string>;
  readonly sent: ReadonlySet<string>;
  /** Number of responses by status; 0 counts requests without a response. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Resolves after `more` further 202 responses. */
  untilAccepted(more: number): Promise<void>;
  /** Resolves when no request is in flight. */
  stop(): Promise<void>;
}

/** Starts a steady load of `POST /event`. */
export function startLoad({ url, siteId = "load", senders = SENDERS }: LoadOptions): Load {
  const accepted = new Set<string>();
  const sent = new Set<string>();
  const statuses = new Map<number, number>();
  const targets = new Set<{ readonly size: number; readonly reached: () => void }>();
  const stopping = new AbortController();

  async function sendOne(number: number): Promise<void> {
    const eventId = Bun.randomUUIDv7();
    sent.add(eventId);
    const status = await statusOf(url(), { eventId, siteId, number });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status !== 202) return;
    accepted.add(eventId);
    for (const target of targets) if (accepted.size >= target.size) target.reached();
  }
  async function keepSending(sender: number): Promise<void> {
    for (let number = sender; !stopping.signal.aborted; number += senders) {
      await sendOne(number);
      await delay(PAUSE_MS);
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

/** Sends one event. Few paths, users and days, so that batches share rollup rows. */
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
      signal: AbortSignal.timeout(RESPONSE_MS_MAX),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
