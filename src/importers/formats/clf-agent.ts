import { describeValue } from "../../event/describe-value.ts";
import { notInFormat, type Refusal } from "../log-format.ts";
import { firstAddress } from "../visitor.ts";

export interface ClfAgent {
  readonly kind: "agent";
  /** With its escapes; empty if the format has none. */
  readonly referrer: string;
  /** With its escapes. */
  readonly agent: string | undefined;
  readonly isCut: boolean;
  /** The field after the agent in nginx's `main` format. */
  readonly forwarded: string;
  readonly isForwardedCut: boolean;
}

export const NO_AGENT: ClfAgent = {
  kind: "agent",
  referrer: "",
  agent: undefined,
  isCut: false,
  forwarded: "",
  isForwardedCut: false,
};

const BETWEEN = String.raw`(?: +(?:[^\s"/]+|"[\d.:,]*\d(?:[mu]?s)?"))*`;
/** May contain bare quotes: it ends at the first one before ` "`. */
const REFERER = new RegExp(String.raw`^${BETWEEN} +"((?:[^"\\]|\\.|"(?! "))*)" "`, "s");
const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
/** The last may be cut. */
const MORE_FIELDS = new RegExp(
  String.raw`^(?: +(?:${QUOTED}|[^\s"]*=${QUOTED}|[^\s"]+))*(?: +(?:[^\s"]*=)?"(?:[^"\\]|\\.)*)? *$`,
  "s",
);
const FIRST_MORE_FIELD = /^ "([^"]*)("?)/;
/** Bare quotes come in pairs around words; a single one is where another line continues. */
const PAIRED_QUOTES = /^(?:[^"]|(?<![^\s(;,])"[^"]*"(?![^\s);,]))*$/;
const BARE_QUOTES_MAX = 16;
const ESCAPE = /\\./gs;
const ESCAPE_OR_QUOTE = /\\.|"/gs;
const REQUEST_END = /HTTP\/\d(?:\.\d)?" (?:\d{3}|-) /;
/** The start of user agents, unlike referers: `Mozilla/5.0`, `curl/8.5.0`. */
const PRODUCT = /^[A-Za-z][\w.-]*\/\d/;
const NUMBER = /^[\d.:,]*\d$/;
const QUOTED_PRODUCT = /"(?!HTTP\/)[A-Za-z][\w.-]*\/\d/;

/** Reads `"referer" "agent"` among other fields. A line without both would count for another visitor. */
export function clfAgent(tail: string): ClfAgent | Refusal {
  const referer = REFERER.exec(tail);
  if (referer === null || REQUEST_END.test(tail)) {
    return notInFormat(`no referer and user agent follow the size, but ${describeTail(tail)}`);
  }
  const [matched, referrer = ""] = referer;
  const body = tail.slice(matched.length);
  if (!body.includes('"')) {
    return { ...NO_AGENT, referrer, agent: body.replace(/\\$/, ""), isCut: true };
  }
  const endAt = agentEnd(body);
  if (endAt === undefined) {
    return notInFormat(`the user agent has no end in ${describeValue(body)}`);
  }
  const agent = body.slice(0, endAt);
  const more = body.slice(endAt + 1);
  if (isMisplaced({ referrer, agent, more })) {
    return notInFormat(`the user agent is not the second quoted field: ${describeValue(agent)}`);
  }
  const [, forwarded = "", closing] = FIRST_MORE_FIELD.exec(more) ?? [];
  return { ...NO_AGENT, referrer, agent, forwarded, isForwardedCut: closing === "" };
}

/** The first quote that only whole fields follow. */
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

function isMisplaced(fields: { referrer: string; agent: string; more: string }): boolean {
  const { referrer, agent, more } = fields;
  if (PRODUCT.test(referrer) || NUMBER.test(referrer) || firstAddress(agent) !== undefined)
    return true;
  return /^(?:-?$|https?:)/.test(agent) && QUOTED_PRODUCT.test(more);
}

function describeTail(tail: string): string {
  return tail.trim() === "" ? "nothing" : describeValue(tail.trim());
}
