import { DAY_MS } from "../event/day.ts";
import { describeValue } from "../event/describe-value.ts";
import type { AnalyticsEvent, MutableEvent } from "../event/event.ts";
import {
  IGNORED_FIELDS_MAX,
  PATH_BYTES_MAX,
  REFERRER_BYTES_MAX,
  TITLE_BYTES_MAX,
  URL_BYTES_MAX,
} from "../event/limits.ts";
import {
  type FieldProblems,
  isAbsent,
  type ParseContext,
  type ParsedEvent,
  parseEvent,
  takeUrl,
} from "../event/parse-event.ts";
import { cutText, isText } from "../event/text-field.ts";
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

/** Those that become fields of the event as they are. */
const TAKEN: ReadonlySet<string> = new Set(BEACON_FIELDS.filter((name) => name !== AGE_FIELD));
const UNKNOWN = `Expected one of ${BEACON_FIELDS.join(", ")}`;
/** The `user_id` of an event whose visitor is not worked out yet. */
export const NOBODY = "nobody";

type Body = Readonly<Record<string, unknown>>;

/** Fields of an event that the request tells. */
const DERIVED_FIELDS = ["country", "device", "browser", "os", "language"] as const;

/** Valid values of them. */
export type Derived = Readonly<Partial<Record<(typeof DERIVED_FIELDS)[number], string>>>;

/** Whether the event names its visitor. */
export function namesVisitor({ user_id: userId }: Body): boolean {
  return !isAbsent(userId);
}

/** Returns 0 for an event without an age, or with an invalid one. */
export function ageMsOf({ [AGE_FIELD]: age }: Body): number {
  return isAgeMs(age) ? age : 0;
}

/** Parses an event from a browser. Without a `user_id` it has `NOBODY`. */
export function parseBeacon(given: Body, derived: Derived, context: ParseContext): ParsedEvent {
  const { body, unknown } = knownFields(given);
  const { [AGE_FIELD]: age } = given;
  const isAge = isAbsent(age) || isAgeMs(age);
  body["timestamp"] = new Date(context.nowMs - ageMsOf(given)).toISOString();
  cut(body, URL_FIELD, URL_BYTES_MAX);
  takeUrl(body, context.keptQuery);
  cut(body, "path", PATH_BYTES_MAX);
  cut(body, "title", TITLE_BYTES_MAX);
  cutReferrer(body);
  const read = parseEvent(body, context);
  if (read.kind === "invalid" || !isAge) {
    const problems = read.kind === "invalid" ? withoutDerivedPath(read.fields, body) : {};
    const fields = isAge ? problems : { ...problems, [AGE_FIELD]: ageProblem(age) };
    return { kind: "invalid", fields, isAhead: false };
  }
  addDerived(read.event, derived);
  const event = withSource(read.event);
  if (unknown === undefined && read.ignored === undefined) return { kind: "event", event };
  return { kind: "event", event, ignored: { ...unknown, ...read.ignored } };
}

/** Null and the empty string mean that there is no value. */
function knownFields(given: Body): {
  readonly body: Record<string, unknown>;
  readonly unknown: FieldProblems | undefined;
} {
  const body: Record<string, unknown> = { event_type: "page_view", user_id: NOBODY };
  const unknown: [string, string][] = [];
  for (const name in given) {
    if (TAKEN.has(name)) {
      const value = given[name];
      if (!isAbsent(value)) body[name] = value;
    } else if (name !== AGE_FIELD && unknown.length < IGNORED_FIELDS_MAX) {
      unknown.push([name, UNKNOWN]);
    }
  }
  return { body, unknown: unknown.length === 0 ? undefined : Object.fromEntries(unknown) };
}

/** A page does not learn why its event is refused, so that a long text is cut. */
function cut(body: Record<string, unknown>, name: string, bytesMax: number): void {
  const text = body[name];
  if (typeof text === "string") body[name] = cutText(text, bytesMax);
}

/** The query goes first, because the source is what counts. */
function cutReferrer(body: Record<string, unknown>): void {
  const { referrer } = body;
  if (typeof referrer !== "string" || Buffer.byteLength(referrer) <= REFERRER_BYTES_MAX) return;
  body["referrer"] = cutText(referrer.replace(/[?#].*/s, ""), REFERRER_BYTES_MAX);
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

/** What the page says wins. */
function addDerived(event: MutableEvent, derived: Derived): void {
  for (const name of DERIVED_FIELDS) {
    const value = derived[name];
    if (value !== undefined && event[name] === undefined) event[name] = value;
  }
}

/** The page before on the same site is no source. No browser sends credentials or a hash, so none are stored. */
function withSource(event: AnalyticsEvent): AnalyticsEvent {
  const { referrer, hostname } = event;
  if (referrer === undefined) return event;
  const source = URL.parse(referrer);
  if (source === null) return event;
  const isOwn = hostname !== undefined && withoutWww(source.hostname) === withoutWww(hostname);
  if (!isOwn && !hasSecrets(referrer, source)) return event;
  const { referrer: _, ...others } = event;
  source.username = source.password = source.hash = "";
  return isOwn || !isText(source.href, REFERRER_BYTES_MAX)
    ? others
    : { ...others, referrer: source.href };
}

/** Reading the parts of a URL costs more than looking for their marks in its text. */
function hasSecrets(text: string, url: URL): boolean {
  return /[@#]/.test(text) && `${url.username}${url.password}${url.hash}` !== "";
}

function withoutWww(hostname: string): string {
  return hostname.startsWith("www.") ? hostname.slice(4) : hostname;
}
