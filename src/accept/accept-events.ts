import { asQueueFlowError, errorText, InvalidFieldsError, type QueueFlowError } from "../errors.ts";
import type { AnalyticsEvent } from "../event/event.ts";
import type { ParsedEvent } from "../event/parse-event.ts";
import type { Log } from "../log/log.ts";
import type { IngestMetrics } from "../metrics/ingest-metrics.ts";
import type { EventOutcome, Protocol, Reply } from "../protocols/protocol.ts";
import type { Producer } from "../stream/producer.ts";

export interface AcceptParts {
  readonly producer: Pick<Producer, "append">;
  /** Rejects when this machine's clock must not be used to refuse an event. */
  readonly confirmClock: () => Promise<void>;
  readonly metrics: IngestMetrics;
  readonly log: Log;
}

export interface EventRequest {
  readonly protocol: Protocol;
  /** Rejects when the body is refused. */
  readonly readBody: () => Promise<Uint8Array>;
}

/** Reads, parses and appends the events of a request, counts each, and returns the reply. */
export async function acceptEvents(
  { protocol, readBody }: EventRequest,
  { producer, confirmClock, metrics, log }: AcceptParts,
): Promise<Reply> {
  let events: readonly ParsedEvent[] = [];
  let failure: QueueFlowError | undefined;
  try {
    const body = await readBody();
    events = protocol.parse(body, { nowMs: Date.now(), mintEventId: Bun.randomUUIDv7 });
    if (events.some(isAhead)) await confirmClock();
    await producer.append(validEvents(events));
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
    const outcome = outcomeOf(event, failure);
    count(outcome, metrics);
    outcomes.push(outcome);
  }
  return protocol.reply(outcomes);
}

function isAhead(parsed: ParsedEvent): boolean {
  return parsed.kind === "invalid" && parsed.isAhead;
}

function validEvents(parsed: readonly ParsedEvent[]): readonly AnalyticsEvent[] {
  const valid: AnalyticsEvent[] = [];
  for (const each of parsed) if (each.kind === "event") valid.push(each.event);
  return valid;
}

function outcomeOf(parsed: ParsedEvent, failure: QueueFlowError | undefined): EventOutcome {
  if (parsed.kind === "event") {
    const { eventId } = parsed.event;
    if (failure === undefined) return { kind: "accepted", eventId };
    return { kind: "refused", error: failure, eventId };
  }
  // After a failure the clock that made the event invalid may be the wrong one.
  if (failure !== undefined && parsed.isAhead) return { kind: "refused", error: failure };
  return { kind: "refused", error: new InvalidFieldsError(parsed.fields) };
}

function count(outcome: EventOutcome, metrics: IngestMetrics): void {
  if (outcome.kind === "accepted") metrics.accepted();
  else metrics.refused(outcome.error.code);
}
