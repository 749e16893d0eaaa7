import { asQueueFlowError, errorText, InvalidFieldsError, type QueueFlowError } from "../errors.ts";
import type { ParsedEvent } from "../event/parse-event.ts";
import type { Log } from "../log/log.ts";
import type { IngestMetrics } from "../metrics/ingest-metrics.ts";
import type { EventOutcome, Protocol, Reply } from "../protocols/protocol.ts";
import type { Producer } from "../stream/producer.ts";

/** What accepting needs. */
export interface AcceptParts {
  readonly producer: Pick<Producer, "append">;
  /** Rejects when this machine's clock must not be used to refuse an event. */
  readonly confirmClock: () => Promise<void>;
  readonly metrics: IngestMetrics;
  readonly log: Log;
}

/** A request that carries events. */
export interface EventRequest {
  readonly protocol: Protocol;
  /** Rejects when the body is refused. */
  readonly readBody: () => Promise<Uint8Array>;
}

/** Reads, parses and appends the events of a request, counts each, and returns the reply. Never rejects. */
export async function acceptEvents(
  { protocol, readBody }: EventRequest,
  parts: AcceptParts,
): Promise<Reply> {
  try {
    const body = await readBody();
    const events = protocol.parse(body, { nowMs: Date.now(), mintEventId: Bun.randomUUIDv7 });
    if (events.some(isAhead)) await parts.confirmClock();
    const outcomes = await appendValid(events, parts);
    for (const outcome of outcomes) count(outcome, parts.metrics);
    return protocol.reply(outcomes);
  } catch (thrown) {
    const error = knownError(thrown, parts.log);
    parts.metrics.refused(error.code);
    return protocol.refuse(error);
  }
}

function isAhead(parsed: ParsedEvent): boolean {
  return parsed.kind === "invalid" && parsed.isAhead;
}

async function appendValid(
  parsed: readonly ParsedEvent[],
  { producer, log }: AcceptParts,
): Promise<readonly EventOutcome[]> {
  const valid = parsed.flatMap((each) => (each.kind === "event" ? [each.event] : []));
  let failure: QueueFlowError | undefined;
  try {
    await producer.append(valid);
  } catch (thrown) {
    failure = knownError(thrown, log);
  }
  return parsed.map((each) => outcomeOf(each, failure));
}

function outcomeOf(parsed: ParsedEvent, failure: QueueFlowError | undefined): EventOutcome {
  if (parsed.kind === "invalid") {
    return { kind: "refused", error: new InvalidFieldsError(parsed.fields) };
  }
  const { eventId } = parsed.event;
  if (failure === undefined) return { kind: "accepted", eventId };
  return { kind: "refused", error: failure, eventId };
}

function count(outcome: EventOutcome, metrics: IngestMetrics): void {
  if (outcome.kind === "accepted") metrics.accepted();
  else metrics.refused(outcome.error.code);
}

function knownError(thrown: unknown, log: Log): QueueFlowError {
  const error = asQueueFlowError(thrown);
  if (error.status === 500)
    log.error({ error: errorText(thrown) }, "An event could not be accepted");
  return error;
}
