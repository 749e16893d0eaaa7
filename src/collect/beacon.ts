import { DAY_MS } from "../event/day.ts";
import { describeValue } from "../event/describe-value.ts";
import type { AnalyticsEvent } from "../event/event.ts";
import { IGNORED_FIELDS_MAX } from "../event/limits.ts";
import {
  type FieldProblems,
  isAbsent,
  type ParseContext,
  type ParsedEvent,
  parseEvent,
} from "../event/parse-event.ts";
import { URL_FIELD, urlProblem } from "../event/url-field.ts";

/** Milliseconds since it happened. The server knows the time, and the clock of a browser may be wrong. */
export const AGE_FIELD = "at_ms_ago";
export const AGE_MS_MAX = DAY_MS;

/** What an event from a browser may say. The request tells the rest. */
export const BEACON_FIELDS = [
  "site_id",
  "event_type",
  URL_FIELD,
  "path",
  "referrer",
  "title",
  "screen",
  "language",
  "properties",
  "engaged_ms",
  "user_id",
  "event_id",
  AGE_FIELD,
] as const;

const KNOWN: ReadonlySet<string> = new Set(BEACON_FIELDS);
const UNKNOWN = `Expected one of ${BEACON_FIELDS.join(", ")}`;
/** The `user_id` of an event whose visitor is not worked out yet. */
export const NOBODY = "nobody";
const DEFAULTS = { event_type: "page_view", user_id: NOBODY };

type Body = Readonly<Record<string, unknown>>;

/** Fields of an event that the request tells, as `EVENT_FIELDS` names them. */
export type Derived = Readonly<
  Partial<Record<"country" | "device" | "browser" | "os" | "language", string>>
>;

/** Whether the event names its visitor. */
export function namesVisitor({ user_id: userId }: Body): boolean {
  return !isAbsent(userId);
}

/** Parses an event from a browser. Without a `user_id` it has `NOBODY`. */
export function parseBeacon(given: Body, derived: Derived, context: ParseContext): ParsedEvent {
  const { body, unknown } = knownFields(given);
  const ageMs = body[AGE_FIELD] ?? 0;
  delete body[AGE_FIELD];
  const isAge = isAgeMs(ageMs);
  const timestamp = new Date(context.nowMs - (isAge ? ageMs : 0)).toISOString();
  const read = parseEvent({ ...DEFAULTS, ...derived, ...body, timestamp }, context);
  if (read.kind === "invalid" || !isAge) {
    const problems = read.kind === "invalid" ? withoutDerivedPath(read.fields, body) : {};
    const fields = isAge ? problems : { ...problems, [AGE_FIELD]: ageProblem(ageMs) };
    return { kind: "invalid", fields, isAhead: false };
  }
  // A client without an address bar has sent no page.
  if (read.event.hostname === undefined) {
    const fields = { [URL_FIELD]: urlProblem(body[URL_FIELD]) };
    return { kind: "invalid", fields, isAhead: false };
  }
  const event = withoutOwnReferrer(read.event);
  const ignored = { ...unknown, ...read.ignored };
  return Object.keys(ignored).length === 0
    ? { kind: "event", event }
    : { kind: "event", event, ignored };
}

/** Null and the empty string mean that there is no value. */
function knownFields(given: Body): {
  readonly body: Record<string, unknown>;
  readonly unknown: FieldProblems;
} {
  const body: Record<string, unknown> = {};
  const unknown: [string, string][] = [];
  for (const name in given) {
    if (KNOWN.has(name)) {
      if (!isAbsent(given[name])) body[name] = given[name];
    } else if (unknown.length < IGNORED_FIELDS_MAX) unknown.push([name, UNKNOWN]);
  }
  return { body, unknown: Object.fromEntries(unknown) };
}

/** Without a path of its own, the event has that of the URL. */
function withoutDerivedPath(problems: FieldProblems, body: Body): FieldProblems {
  const { path, ...fields } = problems;
  if (path === undefined || body["path"] !== undefined) return problems;
  return { ...fields, [URL_FIELD]: urlProblem(body[URL_FIELD]) || path };
}

function isAgeMs(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= AGE_MS_MAX;
}

function ageProblem(value: unknown): string {
  return `Expected ${AGE_FIELD} to be an integer from 0 to ${AGE_MS_MAX}, got ${describeValue(value)}`;
}

/** The page before on the same site is no source. */
function withoutOwnReferrer(event: AnalyticsEvent): AnalyticsEvent {
  const { referrer, hostname } = event;
  if (referrer === undefined || hostname === undefined) return event;
  const source = URL.parse(referrer)?.hostname;
  if (source === undefined || withoutWww(source) !== withoutWww(hostname)) return event;
  const { referrer: _, ...others } = event;
  return others;
}

function withoutWww(hostname: string): string {
  return hostname.replace(/^www\./, "");
}
