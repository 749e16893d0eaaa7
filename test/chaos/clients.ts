import { setTimeout as delay } from "node:timers/promises";
import type { EngineSlot } from "./engine-slot.ts";
import type { History } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";
import type { EventBody, SentEvent } from "./sent-event.ts";
import { Stalls } from "./stalls.ts";

const CLIENTS = 8;
const SITES = 9;
const DAYS = 4;
/** On average, each client sends 8 events in half this time: 800 events per second in total. */
const BURST_PAUSE_MS_MAX = 160;
const BURST_EVENTS_MAX = 16;
/** Requests of one client, so that repeats during an outage leave CPU time to the engine. */
const IN_FLIGHT_MAX = 24;
const REPEAT_PAUSE_MS_MAX = 400;
/**
 * Request timeouts of clients. An engine answers 503 within about 1 s, so only a fault of the schedule excuses that a request
 * takes longer than the largest.
 */
const TIMEOUTS_MS = [400, 2_000, 8_000] as const;
const TIMEOUT_MS_MAX = Math.max(...TIMEOUTS_MS);
const REMEMBERED_EVENTS_MAX = 500;

export interface ClientsOptions {
  /** All but the first may be absent. */
  readonly engines: readonly [EngineSlot, ...EngineSlot[]];
  readonly ledger: Ledger;
  readonly random: Random;
  readonly history: History;
}

/** Clients that send bursts of events, and send each again until it is accepted. */
export interface Clients {
  /** Resolves when no request is in flight. */
  stop(): Promise<void>;
}

export function startClients({ engines, ledger, random, history }: ClientsOptions): Clients {
  const stopping = new AbortController();
  const { signal } = stopping;
  const stalls = new Stalls();

  async function runClient(client: number, own: Random): Promise<void> {
    const remembered: SentEvent[] = [];
    const inFlight = new Set<Promise<void>>();
    for (let burst = 0; !signal.aborted; burst += 1) {
      const size = own.integer(1, BURST_EVENTS_MAX);
      for (let number = 0; number < size; number += 1) {
        const event =
          remembered.length > 0 && own.chance(0.03)
            ? own.pick(remembered) // Long after it was accepted, possibly after a restart.
            : ledger.add(eventBody(`${client}-${burst}-${number}`, own));
        const times = own.chance(0.02) ? own.integer(2, 10) : 1;
        if (event.body.event_id !== undefined) remembered.push(event);
        if (remembered.length > REMEMBERED_EVENTS_MAX) remembered.shift();
        for (let time = 0; time < times; time += 1) {
          const delivery = deliver(event, own.fork()).finally(() => inFlight.delete(delivery));
          inFlight.add(delivery);
        }
      }
      if (inFlight.size > IN_FLIGHT_MAX) await Promise.all(inFlight);
      await delay(own.integer(0, BURST_PAUSE_MS_MAX));
    }
    await Promise.all(inFlight);
  }

  /** Sends an event until it is accepted, with the id of the first response. */
  async function deliver(event: SentEvent, own: Random): Promise<void> {
    let eventId = event.body.event_id;
    for (;;) {
      const engine = own.chance(0.75) ? engines[0] : own.pick(engines.filter(isPresentOrFirst));
      const timeoutMs = own.pick(TIMEOUTS_MS);
      const startedAtMs = performance.now();
      event.attempts += 1;
      const answer = await send(engine.url, withId(event.body, eventId), {
        keepalive: own.chance(0.9),
        timeoutMs,
      });
      if (answer.isLate && timeoutMs === TIMEOUT_MS_MAX) judgeLate(engine, startedAtMs);
      ledger.note(event, { ...answer, wasAnonymous: eventId === undefined });
      eventId ??= answer.eventId;
      if (answer.status === 202 || signal.aborted) return;
      await delay(own.integer(10, REPEAT_PAUSE_MS_MAX));
    }
  }

  /** The second engine is absent most of the time: requests to it would mostly load the machine with refusals. */
  function isPresentOrFirst(engine: EngineSlot): boolean {
    return engine === engines[0] || engine.isPresent;
  }

  function judgeLate(engine: EngineSlot, startedAtMs: number): void {
    if (!engine.couldAnswerSince(startedAtMs) || stalls.hasStalledSince(startedAtMs)) return;
    history.fail(`${engine.url} did not respond to a request within ${TIMEOUT_MS_MAX} ms`);
  }

  const clients = Array.from({ length: CLIENTS }, (_, client) => runClient(client, random.fork()));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(clients);
      stalls.stop();
    },
  };
}

/** Few sites, paths, users and days, so that batches share rollup rows. One site has half of the events. */
function eventBody(tag: string, random: Random): EventBody {
  const day = 10 + random.integer(0, DAYS - 1);
  const body = {
    site_id: random.chance(0.5) ? "hot.example" : `site-${random.integer(2, SITES)}.example`,
    event_type: tag,
    path: `/${random.integer(1, 40)}`,
    user_id: `user-${random.integer(1, 3_000)}`,
    timestamp: `2026-03-${day}T${String(random.integer(0, 23)).padStart(2, "0")}:30:00.000Z`,
  };
  const kind = random.next();
  if (kind < 0.3) return body;
  // The same key on another site identifies another event.
  return { ...body, event_id: kind < 0.6 ? `order ${tag}` : uuidOf(random) };
}

function withId(body: EventBody, eventId: string | undefined): EventBody {
  return eventId === undefined ? body : { ...body, event_id: eventId };
}

function uuidOf(random: Random): string {
  const hex = Array.from({ length: 4 }, () =>
    random.integer(0, 0xffffffff).toString(16).padStart(8, "0"),
  ).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

async function send(
  url: string,
  body: EventBody,
  { keepalive, timeoutMs }: { keepalive: boolean; timeoutMs: number },
): Promise<{ status: number; eventId?: string; isLate: boolean }> {
  try {
    const response = await fetch(`${url}/event`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      keepalive,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer = (await response.json()) as { event_id?: string };
    return {
      status: response.status,
      isLate: false,
      ...(answer.event_id === undefined ? {} : { eventId: answer.event_id }),
    };
  } catch (error) {
    return { status: 0, isLate: error instanceof Error && error.name === "TimeoutError" };
  }
}
