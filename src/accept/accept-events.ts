import { asQueueFlowError, errorText, InvalidFieldsError, type QueueFlowError } from "../errors.ts";
import type { AnalyticsEvent } from "../event/event.ts";
import { idsFromKey } from "../event/idempotency-key.ts";
import type { Log } from "../log/log.ts";
import type { IngestMetrics } from "../metrics/ingest-metrics.ts";
import type { EventOutcome, Protocol, ReadEvent, Reply } from "../protocols/protocol.ts";
import type { Producer } from "../stream/producer.ts";

export interface AcceptParts {
  readonly producer: Pick<Producer, "append">;
  /** Rejects when this machine's clock must not be used to refuse an event. */
  readonly confirmClock: () => Promise<void>;
  readonly metrics: IngestMetrics;
  readonly log: Log;
  /** Query parameters of `url` that `path` keeps. */
  readonly keptQuery: ReadonlySet<string>;
}

export interface EventRequest {
  readonly protocol: Protocol;
  /** Rejects when the body is refused. */
  readonly readBody: () => Promise<Uint8Array>;
  /** Whether a field that would be left out makes its event invalid. */
  readonly isStrict?: boolean;
  /** Gives ids to events without one. */
  readonly idempotencyKey?: string;
}

/** Reads, parses and appends the events of a request, counts each, and returns the reply. */
export async function acceptEvents(
  { protocol, readBody, isStrict = false, idempotencyKey }: EventRequest,
  { producer, confirmClock, metrics, log, keptQuery }: AcceptParts,
): Promise<Reply> {
  let events: readonly ReadEvent[] = [];
  let failure: QueueFlowError | undefined;
  let duplicates: ReadonlySet<ReadEvent> = NONE;
  try {
    const body = await readBody();
    const mintEventId =
      idempotencyKey === undefined ? () => Bun.randomUUIDv7() : idsFromKey(idempotencyKey);
    events = await protocol.parse(body, { nowMs: Date.now(), mintEventId, isStrict, keptQuery });
    if (events.some(isAhead)) await confirmClock();
    const distinct = distinctEvents(events);
    duplicates = distinct.duplicates;
    await producer.append(distinct.events);
  } catch (thrown) {
    failure = asQueueFlowError(thrown);
    if (failure.status === 500) {
      log.error({ error: errorText(thrown) }, "An event could not be accepted");
    }
    if (events.length === 0) {
      metrics.refused(failure.code);
      return protocol.refuse(failure);
    }
  }
  const outcomes: EventOutcome[] = [];
  for (const event of events) {
    const outcome = outcomeOf(event, { failure, isDuplicate: duplicates.has(event) });
    count(outcome, metrics);
    outcomes.push(outcome);
  }
  return protocol.reply(outcomes);
}

function isAhead(read: ReadEvent): boolean {
  return read.kind === "invalid" && read.isAhead;
}

const NONE: ReadonlySet<ReadEvent> = new Set();

function distinctEvents(read: readonly ReadEvent[]): {
  readonly events: readonly AnalyticsEvent[];
  readonly duplicates: ReadonlySet<ReadEvent>;
} {
  const [first] = read;
  if (read.length === 1 && first?.kind === "event") {
    return { events: [first.event], duplicates: NONE };
  }
  const events = new Map<string, AnalyticsEvent>();
  const duplicates = new Set<ReadEvent>();
  for (const each of read) {
    if (each.kind !== "event") continue;
    const { siteId, eventId } = each.event;
    const key = `${siteId}\0${eventId}`;
    if (events.has(key)) duplicates.add(each);
    else events.set(key, each.event);
  }
  return { events: [...events.values()], duplicates };
}

function outcomeOf(
  read: ReadEvent,
  { failure, isDuplicate }: { failure: QueueFlowError | undefined; isDuplicate: boolean },
): EventOutcome {
  if (read.kind === "unreadable") return { kind: "refused", error: read.error };
  if (read.kind === "event") {
    const { event, ignored } = read;
    const { eventId } = event;
    if (failure !== undefined) return { kind: "refused", error: failure, eventId };
    const kind = isDuplicate ? "duplicate" : "accepted";
    return ignored === undefined ? { kind, eventId } : { kind, eventId, ignored };
  }
  // After a failure the clock that made the event invalid may be the wrong one.
  if (failure !== undefined && read.isAhead) return { kind: "refused", error: failure };
  return { kind: "refused", error: new InvalidFieldsError(read.fields) };
}

function count(outcome: EventOutcome, metrics: IngestMetrics): void {
  if (outcome.kind === "accepted") metrics.accepted();
  else if (outcome.kind === "refused") metrics.refused(outcome.error.code);
}
