import { setImmediate as nextTurn } from "node:timers/promises";
import { QueueFlowError } from "../errors.ts";
import { isObject } from "../event/is-object.ts";
import { BATCH_EVENTS_MAX } from "../event/limits.ts";
import { type ParseContext, parseEvent } from "../event/parse-event.ts";
import { jsonValues, ndjsonValues, tooManyEvents } from "./batch-values.ts";
import { errorBody, errorReply } from "./error-body.ts";
import { notAnObject } from "./json.ts";
import type { EventOutcome, Protocol, ReadEvent, Reply } from "./protocol.ts";

/** How long all batches of a thread may hold up its other requests. */
export const TURN_MS_MAX = 5;
/** Reading the clock costs a tenth of parsing an event. */
const EVENTS_PER_CLOCK = 16;
/** `errors` and `ignored` list no more, whatever their number. */
const LISTED_MAX = 100;

/** Events in a JSON array, or in an object as `events`. */
export const batchJson: Protocol = {
  parse: async (body, context) => {
    while (isTurnSpent()) await nextTurn();
    return await readAll(jsonValues(body), context);
  },
  reply,
  refuse: errorReply,
};

/** An event per line. Blank lines are skipped and have no index. */
export const batchNdjson: Protocol = {
  parse: async (body, context) => await readAll(ndjsonValues(body), context),
  reply,
  refuse: errorReply,
};

async function readAll(
  values: Iterable<unknown>,
  context: ParseContext,
): Promise<readonly ReadEvent[]> {
  const events: ReadEvent[] = [];
  for (const value of values) {
    if (value === undefined || events.length % EVENTS_PER_CLOCK === 0) {
      while (isTurnSpent()) await nextTurn();
    }
    if (value === undefined) continue;
    if (events.length === BATCH_EVENTS_MAX) throw tooManyEvents();
    events.push(readOne(value, context));
  }
  return events;
}

let turnEndsAtMs: number | undefined;

/** Whether to wait for the next turn of the loop. The first batch that asks in a turn begins it. */
function isTurnSpent(): boolean {
  const nowMs = performance.now();
  if (turnEndsAtMs === undefined) {
    turnEndsAtMs = nowMs + TURN_MS_MAX;
    setImmediate(() => {
      turnEndsAtMs = undefined;
    });
  }
  return nowMs >= turnEndsAtMs;
}

function readOne(value: unknown, context: ParseContext): ReadEvent {
  if (value instanceof QueueFlowError) return { kind: "unreadable", error: value };
  if (isObject(value)) return parseEvent(value, context);
  return { kind: "unreadable", error: notAnObject(value, "the event") };
}

function reply(outcomes: readonly EventOutcome[], isStored: boolean): Reply {
  const eventIds = outcomes.map(({ eventId = null }) => eventId);
  const refused = outcomes.flatMap((outcome, index) =>
    outcome.kind === "refused" ? [{ index, error: outcome.error }] : [],
  );
  const ofAll = refused.find(({ error }) => error.retryable || error.code === "batch_over_limit");
  if (ofAll !== undefined) return errorReply(ofAll.error, { event_ids: eventIds });
  const isRefused = refused.length > 0 && refused.length === outcomes.length;
  const summary = {
    ...(isStored && !isRefused ? { status: "stored", ...deadLettersIn(outcomes) } : {}),
    accepted: outcomes.filter(({ kind }) => kind === "accepted" || kind === "dead").length,
    duplicates_in_request: outcomes.filter(({ kind }) => kind === "duplicate").length,
    refused: refused.length,
    event_ids: eventIds,
    errors: refused.slice(0, LISTED_MAX).map(({ index, error }) => describeError(index, error)),
    ...ignoredIn(outcomes),
  };
  if (!isRefused) {
    return { status: isStored ? 200 : 202, body: JSON.stringify(summary) };
  }
  const shared = accessErrorOfAll(refused.map(({ error }) => error));
  if (shared !== undefined) return errorReply(shared, summary);
  const sentence = `Expected at least one valid event, got ${refused.length} invalid ones`;
  return errorReply(new QueueFlowError("invalid_field", sentence), summary);
}

/** Returns the error of a batch of which no event was allowed, all for one reason. */
function accessErrorOfAll(errors: readonly QueueFlowError[]): QueueFlowError | undefined {
  const [first] = errors;
  if (first?.status !== 401 && first?.status !== 403) return undefined;
  return errors.every(({ code }) => code === first.code) ? first : undefined;
}

function describeError(index: number, error: QueueFlowError): Readonly<Record<string, unknown>> {
  const { retryable: _, ...body } = errorBody(error);
  return { index, ...body };
}

function deadLettersIn(outcomes: readonly EventOutcome[]) {
  const dead = outcomes.flatMap((outcome, index) =>
    outcome.kind === "dead" ? [{ index, reason: outcome.reason }] : [],
  );
  return { dead_letters: dead.slice(0, LISTED_MAX), dead_letter_events: dead.length };
}

function ignoredIn(outcomes: readonly EventOutcome[]) {
  const ignored = outcomes.flatMap((outcome, index) =>
    outcome.kind === "refused" || outcome.ignored === undefined
      ? []
      : [{ index, fields: Object.keys(outcome.ignored) }],
  );
  return { ignored: ignored.slice(0, LISTED_MAX), ignored_events: ignored.length };
}
