import { BATCH_EVENTS_MAX, BODY_BYTES_MAX } from "../event/limits.ts";

/** Bytes from `from` until before `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface SplitJson {
  /** Parts of the list, each of whole elements. */
  readonly spans: readonly Span[];
  /** At most one more than `BATCH_EVENTS_MAX`. */
  readonly elements: number;
  /** The body without the elements. */
  readonly rest: Uint8Array;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const LIST_START = 0x5b;
const LIST_END = 0x5d;
const OBJECT_START = 0x7b;
const OBJECT_END = 0x7d;
const EVENTS = Buffer.from('"events"');

/**
 * Finds the elements of the list that the body is, or that it has as `events`. A span is longer than `spanBytesMax` only if it is
 * one element. Checks no grammar: the body is JSON if the rest is, and each span between brackets.
 */
export function splitJson(body: Uint8Array, spanBytesMax: number): SplitJson {
  const from = listStart(body);
  const spans: Span[] = [];
  let elements = 0;
  let spanFrom = from;
  let elementFrom = from;
  for (const end of elementEnds(body, from)) {
    if (end - spanFrom > spanBytesMax && elementFrom > spanFrom) {
      spans.push({ from: spanFrom, to: elementFrom - 1 });
      spanFrom = elementFrom;
    }
    elements += 1;
    elementFrom = end + 1;
    if (elements > BATCH_EVENTS_MAX) break;
  }
  const to = elements === 0 ? body.length : elementFrom - 1;
  spans.push({ from: spanFrom, to });
  return { spans, elements, rest: Buffer.concat([body.subarray(0, from), body.subarray(to)]) };
}

/** Returns the place behind the opening bracket; the end of the body without one within the bytes that may be beside the events. */
function listStart(body: Uint8Array): number {
  let depth = 0;
  let isEvents = false;
  for (let at = 0; at < Math.min(body.length, BODY_BYTES_MAX); at += 1) {
    switch (body[at] ?? 0) {
      case QUOTE: {
        const end = endOfText(body, at);
        isEvents = depth === 1 && EVENTS.equals(body.subarray(at, end + 1));
        at = end;
        break;
      }
      case LIST_START:
        if (depth === 0 || (depth === 1 && isEvents)) return at + 1;
        depth += 1;
        break;
      case OBJECT_START:
        depth += 1;
        break;
      case LIST_END:
      case OBJECT_END:
        depth -= 1;
        break;
      default:
    }
  }
  return body.length;
}

/** Yields the place of each comma of the list and of its closing bracket. */
function* elementEnds(body: Uint8Array, from: number): Generator<number> {
  let depth = 1;
  for (let at = from; at < body.length; at += 1) {
    switch (body[at] ?? 0) {
      case QUOTE:
        at = endOfText(body, at);
        break;
      case LIST_START:
      case OBJECT_START:
        depth += 1;
        break;
      case LIST_END:
      case OBJECT_END:
        depth -= 1;
        if (depth > 0) break;
        yield at;
        return;
      case COMMA:
        if (depth === 1) yield at;
        break;
      default:
    }
  }
}

/** Returns the place of the closing quotation mark. */
function endOfText(body: Uint8Array, from: number): number {
  for (let at = from + 1; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
  }
  return body.length;
}
