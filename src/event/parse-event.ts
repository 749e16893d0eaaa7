import {
  type AnalyticsEvent,
  CORE_FIELDS,
  EVENT_FIELDS,
  type EventField,
  type MutableEvent,
  OPTIONAL_FIELDS,
  STORED_OPTIONAL_FIELDS,
} from "./event.ts";
import { eventIdOf } from "./event-id.ts";
import { IGNORED_FIELDS_MAX } from "./limits.ts";
import { parseUrl, URL_FIELD, urlProblem } from "./url-field.ts";

const UNKNOWN = `Expected one of ${[...EVENT_FIELDS.map(({ name }) => name), URL_FIELD].join(", ")}`;

export type FieldProblems = Readonly<Record<string, string>>;

export type ParsedEvent =
  | {
      readonly kind: "event";
      readonly event: AnalyticsEvent;
      /** Fields that were left out: unknown or optional and invalid. */
      readonly ignored?: FieldProblems;
    }
  | {
      readonly kind: "invalid";
      readonly fields: FieldProblems;
      /** Whether only the timestamp is wrong, being too far ahead. */
      readonly isAhead: boolean;
    };

export interface ParseContext {
  readonly nowMs: number;
  /** Returns the id of a valid event that came without one. */
  readonly mintEventId: (event: AnalyticsEvent) => string;
  /** Whether a field that would be left out makes the event invalid. */
  readonly isStrict?: boolean;
  /** Whether `INTERNAL_FIELDS` are taken, which they are from the stream. */
  readonly takesInternal?: boolean;
  /** The site of an event that names none. */
  readonly siteId?: string | undefined;
  /** Query parameters of `url` that `path` keeps. */
  readonly keptQuery?: ReadonlySet<string>;
}

type Body = Readonly<Record<string, unknown>>;

const CORE_NAMES: ReadonlySet<string> = new Set(CORE_FIELDS.map(({ name }) => name));
type OptionalField = (typeof STORED_OPTIONAL_FIELDS)[number];
const OPTIONAL_BY_NAME = byName(OPTIONAL_FIELDS);
const STORED_BY_NAME = byName(STORED_OPTIONAL_FIELDS);

/** PostgreSQL can store every valid event. */
export function parseEvent(given: Body, context: ParseContext): ParsedEvent {
  const own = withSite(given, context.siteId);
  const body = own[URL_FIELD] === undefined ? own : withUrl(own, context.keptQuery);
  const event = coreEvent(body, context.nowMs);
  if (event === undefined) {
    const isAhead = coreEvent(body, Number.POSITIVE_INFINITY) !== undefined;
    return { kind: "invalid", fields: problemsOf(body, context.nowMs), isAhead };
  }
  const ignored = addOptional(event, body, context);
  if (ignored !== undefined && context.isStrict === true) {
    return { kind: "invalid", fields: ignored, isAhead: false };
  }
  event.eventId =
    event.eventId === "" ? context.mintEventId(event) : eventIdOf(event.siteId, event.eventId);
  if (ignored === undefined) return { kind: "event", event };
  return { kind: "event", event, ignored };
}

function withSite(given: Body, siteId: string | undefined): Body {
  if (siteId === undefined || given["site_id"] !== undefined) return given;
  return { ...given, site_id: siteId };
}

function withUrl(given: Body, keptQuery: ParseContext["keptQuery"]): Body {
  const body = { ...given };
  takeUrl(body, keptQuery);
  return body;
}

/**
 * Replaces `url` by the fields that it gives. A field that is given beside it wins, unless it is null or empty. An invalid one stays, and
 * is reported as any invalid field.
 */
export function takeUrl(body: Record<string, unknown>, keptQuery: ParseContext["keptQuery"]): void {
  const { [URL_FIELD]: url } = body;
  const fields = isAbsent(url) ? {} : parseUrl(url, keptQuery);
  if (fields === undefined) return;
  // Half the cost of `delete`.
  body[URL_FIELD] = undefined;
  for (const name in fields) if (isAbsent(body[name])) body[name] = fields[name];
}

function coreEvent(body: Body, nowMs: number): MutableEvent | undefined {
  const event: MutableEvent = {
    eventId: "",
    siteId: "",
    eventType: "",
    path: "",
    userId: "",
    timestamp: "",
  };
  for (const { key, name, type, isRequired } of CORE_FIELDS) {
    const value = body[name];
    if (value === undefined && !isRequired) continue;
    const parsed = type.parse(value, nowMs);
    if (parsed === undefined) return undefined;
    event[key] = parsed;
  }
  return event;
}

/** Returns the fields that are left out, the first `IGNORED_FIELDS_MAX`. */
function addOptional(
  event: MutableEvent,
  body: Body,
  { takesInternal = false }: ParseContext,
): FieldProblems | undefined {
  const fields = takesInternal ? STORED_BY_NAME : OPTIONAL_BY_NAME;
  const ignored: (readonly [name: string, problem: string])[] = [];
  for (const name in body) {
    const value = body[name];
    if (value === undefined || CORE_NAMES.has(name)) continue;
    const field = fields.get(name);
    const parsed = field === undefined || isAbsent(value) ? undefined : field.type.parse(value, 0);
    if (field !== undefined && parsed !== undefined) {
      event[field.key] = parsed;
      if (field.type.partProblems === undefined) continue;
    }
    if (ignored.length < IGNORED_FIELDS_MAX)
      ignored.push(...ignoredParts(name, { value, field, parsed }));
  }
  if (ignored.length === 0) return undefined;
  return Object.fromEntries(ignored.slice(0, IGNORED_FIELDS_MAX));
}

function byName(fields: readonly OptionalField[]): ReadonlyMap<string, OptionalField> {
  return new Map(fields.map((field) => [field.name, field]));
}

function ignoredParts(
  name: string,
  {
    value,
    field,
    parsed,
  }: { value: unknown; field: EventField | undefined; parsed: string | undefined },
): readonly (readonly [string, string])[] {
  if (field === undefined)
    return name === URL_FIELD ? [[name, urlProblem(value)]] : [[name, UNKNOWN]];
  if (parsed !== undefined) return Object.entries(field.type.partProblems?.(name, value) ?? {});
  return isAbsent(value) ? [] : [[name, field.type.problem(name, value)]];
}

/** Null and the empty string mean that there is no value. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

function problemsOf(body: Body, nowMs: number): FieldProblems {
  const problems: Record<string, string> = {};
  for (const { name, type, isRequired } of CORE_FIELDS) {
    const value = body[name];
    if (value === undefined && !isRequired) continue;
    if (type.parse(value, nowMs) === undefined) problems[name] = type.problem(name, value);
  }
  // It would have given the path.
  if (body["path"] === undefined && body[URL_FIELD] !== undefined) {
    problems[URL_FIELD] = urlProblem(body[URL_FIELD]);
  }
  return problems;
}
