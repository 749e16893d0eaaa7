import { setImmediate as nextTurn } from "node:timers/promises";
import { QueueFlowError } from "../errors.ts";
import { describeValue } from "../event/describe-value.ts";
import { isObject } from "../event/is-object.ts";
import { BATCH_EVENTS_MAX, BODY_BYTES_MAX } from "../event/limits.ts";
import { type ParsedEvent, parseEvent } from "../event/parse-event.ts";
import { errorBody, errorReply } from "./error-body.ts";
import { expectObject, parseJson } from "./json.ts";
import type { EventOutcome, Protocol, ReadEvent, Reply } from "./protocol.ts";

/** How long all batches of a thread may hold up its other requests. */
const TURN_MS_MAX = 5;
/** Reading the clock costs a tenth of parsing an event. */
const EVENTS_PER_CLOCK = 16;
/** `errors` and `ignored` list no more, whatever their number. */
const LISTED_MAX = 100;
const BYTES_PER_CLOCK = 16 * 1_024;
const NEWLINE = 0x0a;
/** Whitespace of JSON but for the line feed, and a byte order mark. */
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d, 0xef, 0xbb, 0xbf]);

/** Events in a JSON array, or in an object as `events`. */
export const batchJson: Protocol = {
  parse: async (body, context) => {
    while (isTurnSpent()) await nextTurn();
    return await readAll(eventsIn(body), (value) =>
      parseEvent(expectObject(value, "the event"), context),
    );
  },
  reply,
  refuse: errorReply,
};

/** An event per line. Blank lines are skipped and have no index. */
export const batchNdjson: Protocol = {
  parse: async (body, context) =>
    await readAll(linesIn(body), (line) => {
      if (line.length > BODY_BYTES_MAX) throw lineTooLong(line);
      return parseEvent(expectObject(parseJson(line, "the line"), "the line"), context);
    }),
  reply,
  refuse: errorReply,
};

function eventsIn(body: Uint8Array): readonly unknown[] {
  const value = parseJson(body, "the body");
  const events = isObject(value) ? value["events"] : value;
  if (Array.isArray(events)) return events;
  const came = isObject(value) ? `events of ${describeValue(events)}` : describeValue(value);
  throw new QueueFlowError(
    "not_an_object",
    `Expected the body to be an array of events, or an object with one in events, got ${came}`,
  );
}

/** Yields undefined where others may work: blank and long lines take time that the number of events does not tell. */
function* linesIn(body: Uint8Array): Generator<Uint8Array | undefined> {
  let pauseAt = BYTES_PER_CLOCK;
  for (let from = 0; from < body.length; ) {
    const newline = body.indexOf(NEWLINE, from);
    const to = newline === -1 ? body.length : newline;
    if (to > from) {
      const line = body.subarray(from, to);
      if (line.length > BODY_BYTES_MAX || !isBlank(line)) yield line;
    }
    from = to + 1;
    if (from < pauseAt) continue;
    pauseAt = from + BYTES_PER_CLOCK;
    yield undefined;
  }
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => BLANKS.has(byte));
}

async function readAll<Source>(
  sources: Iterable<Source | undefined>,
  read: (source: Source) => ParsedEvent,
): Promise<readonly ReadEvent[]> {
  const events: ReadEvent[] = [];
  for (const source of sources) {
    if (source === undefined) {
      while (isTurnSpent()) await nextTurn();
      continue;
    }
    if (events.length === BATCH_EVENTS_MAX) throw tooManyEvents();
    if (events.length % EVENTS_PER_CLOCK === 0) while (isTurnSpent()) await nextTurn();
    events.push(readOne(source, read));
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

function readOne<Source>(source: Source, read: (source: Source) => ParsedEvent): ReadEvent {
  try {
    return read(source);
  } catch (error) {
    if (error instanceof QueueFlowError) return { kind: "unreadable", error };
    throw error;
  }
}

/** One event may be no larger than at `POST /event`: JSON of 16 MiB stops a thread for a second. */
function lineTooLong({ length }: Uint8Array): QueueFlowError {
  const sentence = `Expected a line of at most ${BODY_BYTES_MAX} bytes, got ${length} bytes`;
  return new QueueFlowError("body_too_large", sentence);
}

function tooManyEvents(): QueueFlowError {
  const sentence = `Expected a body of at most ${BATCH_EVENTS_MAX} events, got more`;
  return new QueueFlowError("body_too_large", sentence);
}

function reply(outcomes: readonly EventOutcome[], isStored: boolean): Reply {
  const eventIds = outcomes.map(({ eventId = null }) => eventId);
  const refused = outcomes.flatMap((outcome, index) =>
    outcome.kind === "refused" ? [{ index, error: outcome.error }] : [],
  );
  const unknown = refused.find(({ error }) => error.retryable);
  if (unknown !== undefined) return errorReply(unknown.error, { event_ids: eventIds });
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
  const sentence = `Expected at least one valid event, got ${refused.length} invalid ones`;
  return errorReply(new QueueFlowError("invalid_field", sentence), summary);
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
