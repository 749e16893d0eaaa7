import { describeValue } from "../../event/describe-value.ts";
import { notInFormat, type Refusal } from "../log-format.ts";
import { firstAddress } from "../visitor.ts";

/** What follows the size in the combined format, as far as it matters. */
export interface ClfAgent {
  readonly kind: "agent";
  /** As the log has it, escapes included; undefined in the common format. */
  readonly agent: string | undefined;
  /** The field after the agent when it is a list of addresses, as nginx's `main` format has it. */
  readonly forwarded: string;
  /** Whether that field lacks its closing quote. */
  readonly isForwardedCut: boolean;
  readonly ending: "whole" | "cut";
}

/** A number, a duration or an id between size and referer. */
const BETWEEN = String.raw`(?: +(?:[^\s"/]+|"[\d.:,]*\d(?:[mu]?s)?"))*`;
/** The quote that ends a referer is the first with ` "` behind it, so that bare ones may stand in it. */
const REFERER = new RegExp(String.raw`^${BETWEEN} +"((?:[^"\\]|\\.|"(?! "))*)" "`, "s");
const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
/** More fields: quoted, `name="value"`, or one word. The last may be cut: only the first can matter. */
const MORE_FIELDS = new RegExp(
  String.raw`^(?: +(?:${QUOTED}|[^\s"]*=${QUOTED}|[^\s"]+))*(?: +(?:[^\s"]*=)?"(?:[^"\\]|\\.)*)? *$`,
  "s",
);
const FIRST_MORE_FIELD = /^ "([^"]*)("?)/;
/** Bare quotes belong to a user agent only in pairs around words; a single one is where another line goes on. */
const PAIRED_QUOTES = /^(?:[^"]|(?<![^\s(;,])"[^"]*"(?![^\s);,]))*$/;
/** With more quotes than these the end of the user agent is not searched for. */
const BARE_QUOTES_MAX = 16;
const ESCAPE = /\\./gs;
const ESCAPE_OR_QUOTE = /\\.|"/gs;
/** The end of a request, which stands in no other field. */
const REQUEST_END = /HTTP\/\d(?:\.\d)?" (?:\d{3}|-) /;
/** How user agents begin, and referers do not: `Mozilla/5.0`, `curl/8.5.0`. */
const PRODUCT = /^[A-Za-z][\w.-]*\/\d/;
const NUMBER = /^[\d.:,]*\d$/;
const QUOTED_PRODUCT = /"(?!HTTP\/)[A-Za-z][\w.-]*\/\d/;

/**
 * Reads `"referer" "agent"` and what servers are told to add around them. A line that lacks one of the
 * two, or has them elsewhere, is refused: it would give its request to another visitor.
 */
export function clfAgent(tail: string): ClfAgent | Refusal {
  const referer = REFERER.exec(tail);
  if (referer === null || REQUEST_END.test(tail)) {
    return notInFormat(`no referer and user agent follow the size, but ${describeTail(tail)}`);
  }
  const body = tail.slice(referer[0].length);
  if (!body.includes('"')) return agentOf(body.replace(/\\$/, ""), "cut");
  const endAt = agentEnd(body);
  if (endAt === undefined) {
    return notInFormat(`the user agent ends nowhere in ${describeValue(body)}`);
  }
  const agent = body.slice(0, endAt);
  const more = body.slice(endAt + 1);
  if (isMisplaced({ referer: referer[1] ?? "", agent, more })) {
    return notInFormat(`the user agent is not the second quoted field: ${describeValue(agent)}`);
  }
  const [, forwarded = "", closing] = FIRST_MORE_FIELD.exec(more) ?? [];
  return { ...agentOf(agent, "whole"), forwarded, isForwardedCut: closing === "" };
}

function agentOf(agent: string | undefined, ending: ClfAgent["ending"]): ClfAgent {
  return { kind: "agent", agent, ending, forwarded: "", isForwardedCut: false };
}

/** What follows the size in the common format. */
export function noAgent(): ClfAgent {
  return agentOf(undefined, "whole");
}

/** Where the first quote stands that can end the agent: whole fields follow it, or nothing. */
function agentEnd(body: string): number | undefined {
  let candidates = 0;
  for (const { 0: found, index } of body.matchAll(ESCAPE_OR_QUOTE)) {
    if (found !== '"') continue;
    const agent = body.slice(0, index).replaceAll(ESCAPE, "");
    if (PAIRED_QUOTES.test(agent) && MORE_FIELDS.test(body.slice(index + 1))) return index;
    candidates += 1;
    if (candidates > BARE_QUOTES_MAX) return undefined;
  }
  return undefined;
}

/** Whether other fields than referer and agent come first after the size. */
function isMisplaced(fields: { referer: string; agent: string; more: string }): boolean {
  const { referer, agent, more } = fields;
  if (PRODUCT.test(referer) || NUMBER.test(referer) || firstAddress(agent) !== undefined)
    return true;
  return /^(?:-?$|https?:)/.test(agent) && QUOTED_PRODUCT.test(more);
}

function describeTail(tail: string): string {
  return tail.trim() === "" ? "nothing" : describeValue(tail.trim());
}
