import { QueueFlowError } from "../errors.ts";
import { describeValue } from "../event/describe-value.ts";
import { isObject } from "../event/is-object.ts";
import { BATCH_EVENTS_MAX, BODY_BYTES_MAX } from "../event/limits.ts";
import { notJson, parseElements, parseJson } from "./json.ts";
import { splitJson } from "./json-spans.ts";

/** Names that all differ take JSON.parse 150 ms a MiB, blank lines their own time. */
const BYTES_PER_PAUSE = 16 * 1_024;
const NEWLINE = 0x0a;
/** Whitespace of JSON but for the line feed, and a byte order mark. */
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d, 0xef, 0xbb, 0xbf]);

/**
 * Yields the elements of the body's array or of its `events`; a QueueFlowError for one that is too long; undefined where others may
 * work.
 *
 * @throws QueueFlowError when the body as a whole is invalid.
 */
export function* jsonValues(body: Uint8Array): Generator {
  const { spans, elements, rest } = splitJson(body, BYTES_PER_PAUSE);
  if (elements > BATCH_EVENTS_MAX) throw tooManyEvents();
  const others = eventsOf(rest);
  if (others.length > 0) {
    if (elements > 0) throw notEvents("two such arrays");
    // The name is written with escapes.
    yield* others;
  }
  for (const { from, to } of spans) {
    yield undefined;
    const span = body.subarray(from, to);
    if (span.length > BODY_BYTES_MAX) {
      yield eventTooLong(span);
      continue;
    }
    const what = `the array from byte ${from} on`;
    const values = parseElements(span, what);
    // A comma before the end of the array.
    if (values.length === 0 && spans.length > 1) throw notJson("", what);
    yield* values;
  }
}

/** Yields the values of the lines, in the same way. A line that is not JSON is a QueueFlowError. */
export function* ndjsonValues(body: Uint8Array): Generator {
  let pauseAt = BYTES_PER_PAUSE;
  for (let from = 0; from < body.length; ) {
    const newline = body.indexOf(NEWLINE, from);
    const to = newline === -1 ? body.length : newline;
    if (to > from) {
      const line = body.subarray(from, to);
      if (line.length > BODY_BYTES_MAX) yield eventTooLong(line);
      else if (!isBlank(line)) yield lineValue(line);
    }
    from = to + 1;
    if (from < pauseAt) continue;
    pauseAt = from + BYTES_PER_PAUSE;
    yield undefined;
  }
}

export function tooManyEvents(): QueueFlowError {
  const sentence = `Expected a body of at most ${BATCH_EVENTS_MAX} events, got more`;
  return new QueueFlowError("body_too_large", sentence);
}

function eventsOf(rest: Uint8Array): readonly unknown[] {
  if (rest.length > BODY_BYTES_MAX) {
    const sentence = `Expected at most ${BODY_BYTES_MAX} bytes beside the events, got ${rest.length} bytes`;
    throw new QueueFlowError("body_too_large", sentence);
  }
  const value = parseJson(rest, "the body");
  const events = isObject(value) ? value["events"] : value;
  if (Array.isArray(events)) return events;
  const came = isObject(value) ? `events of ${describeValue(events)}` : describeValue(value);
  throw notEvents(came);
}

function notEvents(came: string): QueueFlowError {
  const sentence = `Expected the body to be an array of events, or an object with one in events, got ${came}`;
  return new QueueFlowError("not_an_object", sentence);
}

function lineValue(line: Uint8Array): unknown {
  try {
    return parseJson(line, "the line");
  } catch (error) {
    if (error instanceof QueueFlowError) return error;
    throw error;
  }
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => BLANKS.has(byte));
}

/** An event may be no larger than at `POST /event`. */
function eventTooLong({ length }: Uint8Array): QueueFlowError {
  const sentence = `Expected an event of at most ${BODY_BYTES_MAX} bytes, got ${length} bytes`;
  return new QueueFlowError("body_too_large", sentence);
}
