import type { AccessSource } from "../access/access-source.ts";
import { ExcludedError } from "../access/excluded-error.ts";
import type { Admission, Client } from "../access/limits/limiter.ts";
import { ownSiteOf } from "../access/own-site.ts";
import { asQueueFlowError, errorText, InvalidFieldsError, type QueueFlowError } from "../errors.ts";
import type { AnalyticsEvent } from "../event/event.ts";
import type { Log } from "../log/log.ts";
import type { IngestMetrics } from "../metrics/ingest-metrics.ts";
import type { RefusalReason } from "../metrics/register-ingest-metrics.ts";
import type { EventOutcome, Protocol, ReadEvent, Reply } from "../protocols/protocol.ts";
import type { EventProducer } from "../stream/producer.ts";
import { type ConfirmParts, confirmStored, type StoredState } from "./confirm-stored.ts";
import { inTurns } from "./in-turns.ts";
import type { ThreadLimits } from "./thread-limits.ts";
import { type EventSender, withoutForbidden } from "./without-forbidden.ts";

export interface AcceptParts {
  readonly producer: Pick<EventProducer, "append" | "appendForIds">;
  /** Rejects when this machine's clock must not be used to refuse an event. */
  readonly confirmClock: () => Promise<void>;
  readonly metrics: IngestMetrics;
  readonly log: Log;
  readonly confirm: ConfirmParts;
  /** Query parameters of `url` that `path` keeps. */
  readonly keptQuery: ReadonlySet<string>;
  readonly access: Pick<AccessSource, "current" | "noteKeyless">;
  readonly limits: Pick<ThreadLimits, "admitEvents" | "giveBack">;
}

export interface EventRequest {
  readonly protocol: Protocol;
  /** Rejects when the body is refused. */
  readonly readBody: () => Promise<Uint8Array>;
  /** Whether a field that would be left out makes its event invalid. */
  readonly isStrict?: boolean | undefined;
  /** Gives ids to events without one; new ones by default. */
  readonly mintEventId?: ((event: AnalyticsEvent) => string) | undefined;
  /** Whether to reply once the events are in the tables. */
  readonly waits?: boolean | undefined;
  /** Absent while nothing is asked of senders. */
  readonly sender?: EventSender | undefined;
  /** Whose limits the events count for; absent while nothing is limited. */
  readonly client?: Client | undefined;
}

/** Reads, parses and appends the events of a request, counts each, and returns the reply. */
export async function acceptEvents(
  {
    protocol,
    readBody,
    isStrict = false,
    mintEventId = newEventId,
    waits = false,
    sender,
    client,
  }: EventRequest,
  { producer, confirmClock, metrics, log, keptQuery, confirm, access, limits }: AcceptParts,
): Promise<Reply> {
  let events: readonly ReadEvent[] = [];
  let failure: QueueFlowError | undefined;
  let distinct: DistinctEvents = { events: [], duplicates: NONE };
  let states: readonly StoredState[] | undefined;
  let admission: Admission | undefined;
  try {
    const body = await readBody();
    const context = {
      nowMs: Date.now(),
      mintEventId,
      isStrict,
      keptQuery,
      siteId: ownSiteOf(sender?.key),
      takesInternal: sender?.key?.kind === "admin",
    };
    events = await protocol.parse(body, context);
    if (sender !== undefined) {
      const judge = (part: readonly ReadEvent[]) => withoutForbidden(part, sender, access);
      // A promise would cost a single event 1 % of its time.
      events = events.length === 1 ? judge(events) : await inTurns(events, judge);
    }
    if (events.some(isAhead)) await confirmClock();
    distinct = distinctEvents(events);
    if (client !== undefined) admission = await limits.admitEvents(client, distinct.events);
    if (waits) {
      const appended = await producer.appendForIds(distinct.events);
      states = await confirmStored({ events: distinct.events, ...appended }, confirm);
    } else await producer.append(distinct.events);
  } catch (thrown) {
    failure = asQueueFlowError(thrown);
    if (admission !== undefined) limits.giveBack(admission);
    if (failure.status === 500) {
      log.error({ error: errorText(thrown) }, "An event could not be accepted");
    }
    if (events.length === 0) {
      metrics.refused(failure.code);
      return protocol.refuse(failure);
    }
  }
  const reasons = states === undefined ? NO_REASONS : deadReasons(distinct.events, states);
  const outcomes: EventOutcome[] = [];
  for (const event of events) {
    const isDuplicate = distinct.duplicates.has(event);
    const outcome = outcomeOf(event, { failure, isDuplicate, reasons });
    count(outcome, metrics);
    outcomes.push(outcome);
  }
  return protocol.reply(outcomes, states !== undefined);
}

export function newEventId(): string {
  return Bun.randomUUIDv7();
}

function isAhead(read: ReadEvent): boolean {
  return read.kind === "invalid" && read.isAhead;
}

const NONE: ReadonlySet<ReadEvent> = new Set();

interface DistinctEvents {
  readonly events: readonly AnalyticsEvent[];
  readonly duplicates: ReadonlySet<ReadEvent>;
}

function distinctEvents(read: readonly ReadEvent[]): DistinctEvents {
  const [first] = read;
  if (read.length === 1 && first?.kind === "event") {
    return { events: [first.event], duplicates: NONE };
  }
  const events = new Map<string, AnalyticsEvent>();
  const duplicates = new Set<ReadEvent>();
  for (const each of read) {
    if (each.kind !== "event") continue;
    const key = keyAmong(events, each.event);
    if (events.has(key)) duplicates.add(each);
    else events.set(key, each.event);
  }
  return { events: [...events.values()], duplicates };
}

/** The id alone, which is quicker than with the site, unless another site has it too. */
function keyAmong(
  events: ReadonlyMap<string, AnalyticsEvent>,
  { siteId, eventId }: AnalyticsEvent,
): string {
  const first = events.get(eventId);
  return first === undefined || first.siteId === siteId ? eventId : `${siteId}\0${eventId}`;
}

type DeadReasons = ReadonlyMap<AnalyticsEvent, string>;
const NO_REASONS: DeadReasons = new Map();

function deadReasons(
  events: readonly AnalyticsEvent[],
  states: readonly StoredState[],
): DeadReasons {
  const reasons = new Map<AnalyticsEvent, string>();
  for (const [i, state] of states.entries()) {
    const event = events[i];
    if (event !== undefined && state?.kind === "dead") reasons.set(event, state.reason);
  }
  return reasons;
}

interface Result {
  readonly failure: QueueFlowError | undefined;
  readonly isDuplicate: boolean;
  readonly reasons: DeadReasons;
}

function outcomeOf(read: ReadEvent, { failure, isDuplicate, reasons }: Result): EventOutcome {
  if (read.kind === "unreadable" || read.kind === "forbidden")
    return { kind: "refused", error: read.error };
  if (read.kind === "dropped") {
    if (failure !== undefined) return { kind: "refused", error: failure };
    return { kind: "dropped", reason: read.reason };
  }
  if (read.kind === "event") {
    const { event, ignored } = read;
    const { eventId } = event;
    if (failure !== undefined) return { kind: "refused", error: failure, eventId };
    const reason = reasons.get(event);
    if (reason !== undefined) return { kind: "dead", reason, eventId, ignored };
    return { kind: isDuplicate ? "duplicate" : "accepted", eventId, ignored };
  }
  // After a failure the clock that made the event invalid may be the wrong one.
  if (failure !== undefined && read.isAhead) return { kind: "refused", error: failure };
  return { kind: "refused", error: new InvalidFieldsError(read.fields) };
}

function count(outcome: EventOutcome, metrics: IngestMetrics): void {
  if (outcome.kind === "accepted" || outcome.kind === "dead") metrics.accepted();
  else if (outcome.kind === "refused") metrics.refused(reasonOf(outcome.error));
  else if (outcome.kind === "dropped") metrics.dropped(outcome.reason);
}

function reasonOf(error: QueueFlowError): RefusalReason {
  return error instanceof ExcludedError ? `excluded_${error.rule}` : error.code;
}
