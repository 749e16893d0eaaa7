import { describeValue } from "../event/describe-value.ts";
import type { AnalyticsEvent } from "../event/event.ts";
import { type FieldProblems, parseEvent } from "../event/parse-event.ts";
import { queryFields } from "../event/url-field.ts";
import type { LineResult } from "./log-format.ts";
import { type PageCategory, pageCategory } from "./page-category.ts";

export type SkipReason =
  | "empty"
  | "too long"
  | `not in ${"a known" | `the ${string}`} log format`
  | "without an address of the visitor"
  | "without a path in the request"
  | "not a valid event";

export interface SkippedLine {
  readonly kind: "skipped";
  readonly number: number;
  readonly reason: SkipReason;
  readonly why: string;
}

export type LineOutcome =
  | {
      readonly kind: "event";
      readonly number: number;
      readonly event: AnalyticsEvent;
      readonly category: PageCategory;
      readonly isCut: boolean;
      readonly isHostName: boolean;
      /** Optional fields that the event goes without. */
      readonly leftOut: FieldProblems;
    }
  | { readonly kind: "left-out"; readonly category: PageCategory }
  | { readonly kind: "directive" }
  | SkippedLine;

export type Only = "pages" | "all";

export interface LineContext {
  readonly siteId: string;
  readonly only: Only;
  /** Query parameters that the path keeps. */
  readonly keptQuery: ReadonlySet<string>;
  readonly format: string;
  readonly nowMs: number;
}

export interface ParsedLine {
  readonly number: number;
  readonly text: string;
  readonly result: LineResult;
}

/**
 * Returns the page view of a line. Its key depends on the line's number and content only: importing a file again counts nothing
 * twice, and equal lines of a file are distinct events.
 */
export function lineEvent({ number, text, result }: ParsedLine, context: LineContext): LineOutcome {
  if (result.kind === "directive") return result;
  const skip = (reason: SkipReason, why: string): SkippedLine => skipped(number, reason, why);
  if (result.kind === "refused") {
    return result.reason === "no-address"
      ? skip("without an address of the visitor", result.why)
      : skip(`not in the ${context.format} log format`, result.why);
  }
  const { request } = result;
  if (request.path === undefined) {
    return skip("without a path in the request", describeValue(request.target));
  }
  const category = pageCategory(request);
  if (context.only === "pages" && category !== "page") return { kind: "left-out", category };
  const key = `${number}:${sha256(text)}`;
  const parsed = parseEvent(
    {
      site_id: context.siteId,
      event_type: "page_view",
      hostname: request.hostname,
      referrer: request.referrer,
      ...queryFields({ path: request.path, query: request.query }, context.keptQuery),
      user_id: userIdOf(request.visitor, request.agent),
      timestamp: request.timestamp,
      event_id: key,
    },
    { nowMs: context.nowMs, mintEventId: () => key },
  );
  if (parsed.kind === "invalid") {
    return skip("not a valid event", Object.values(parsed.fields).join("; "));
  }
  return {
    kind: "event",
    number,
    event: parsed.event,
    category,
    isCut: request.isCut,
    isHostName: request.isHostName,
    leftOut: parsed.ignored ?? {},
  };
}

export function skipped(number: number, reason: SkipReason, why = ""): SkippedLine {
  return { kind: "skipped", number, reason, why };
}

/** Returns a pseudonym that is the same in every file: 128 bits of SHA-256, which anybody who knows both parts can compute. */
export function userIdOf(visitor: string, agent: string | undefined): string {
  return sha256(`${visitor}\0${agent ?? ""}`).slice(0, 32);
}

/** Hashes text of one byte per character. */
function sha256(bytesText: string): string {
  return new Bun.CryptoHasher("sha256").update(bytesText, "latin1").digest("hex");
}
