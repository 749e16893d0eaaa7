import { describeValue } from "../../event/describe-value.ts";
import { toUnicode, toWrittenBytes } from "../log-escape.ts";
import { type LineResult, type LogFormat, notInFormat, requestOf } from "../log-format.ts";
import { withoutPrefix } from "../log-prefix.ts";
import { isoOfClfTime } from "../log-time.ts";
import { parseRequestLine, toUnicodeTarget } from "../request-target.ts";
import { needsForwarded } from "../visitor.ts";
import { clfAgent, NO_AGENT } from "./clf-agent.ts";
import { clfHead } from "./clf-head.ts";

/** `host ident user [time] "request" status size "referer" "agent"`. */
export const COMBINED: LogFormat = clf("combined", { agent: true, virtualHost: false });
/** As in Debian's other_vhosts_access.log. */
export const VHOST_COMBINED: LogFormat = clf("vhost_combined", { agent: true, virtualHost: true });
export const COMMON: LogFormat = clf("common", { agent: false, virtualHost: false });

/** A bare quote ends the request only before a status. Takes linear time: each character matches in one way. */
const LINE =
  /^(.{1,2048}?) \[([^[\]]{26})\] "((?:[^"\\]|\\.|"(?! (?:\d{3}|-) ))*)" (\d{3}|-) (?:\d+|-)(?= |$)/s;

const DURATIONS = /^(?: +\d+(?:\.\d+)?(?:[mu]?s)?)* *$/;

const TIME_OF_ANOTHER_LINE = /\[\d\d\/[A-Z][a-z]{2}\/\d{4}:/;

interface ClfFields {
  readonly agent: boolean;
  /** Required; otherwise optional. */
  readonly virtualHost: boolean;
}

function clf(name: string, fields: ClfFields): LogFormat {
  return { name, open: () => (text) => parseLine(text, fields) };
}

function parseLine(rawText: string, fields: ClfFields): LineResult {
  const text = withoutPrefix(rawText);
  const line = LINE.exec(text);
  if (line === null) return notInFormat(describeValue(text));
  const [matched, headText = "", time = "", request = "", status = ""] = line;
  const timestamp = isoOfClfTime(time);
  if (timestamp === undefined) return notInFormat(describeValue(text));
  const tail = text.slice(matched.length);
  if (TIME_OF_ANOTHER_LINE.test(headText + request + tail)) {
    return notInFormat("parts of several lines run together");
  }
  const tailFields = fields.agent ? clfAgent(tail) : commonTail(tail);
  if (tailFields.kind === "refused") return tailFields;
  const head = clfHead(headText);
  if (head === undefined) return notInFormat(describeValue(headText));
  if (fields.virtualHost && !head.hasVirtualHost) {
    return notInFormat("it does not begin with a virtual host");
  }
  if (tailFields.isForwardedCut && needsForwarded(head.client)) {
    return notInFormat("the field after the user agent, which may name the visitor, is cut");
  }
  const target = toWrittenBytes(request);
  return requestOf({
    remote: head.client,
    forwarded: tailFields.forwarded,
    agent: tailFields.agent,
    target,
    requested: toUnicodeTarget(parseRequestLine(target)),
    hosts: head.host === undefined ? [] : [toUnicode(head.host)],
    referrer: toUnicode(toWrittenBytes(tailFields.referrer)),
    status,
    timestamp,
    isCut: tailFields.isCut,
  });
}

function commonTail(tail: string): ReturnType<typeof clfAgent> {
  if (DURATIONS.test(tail)) return NO_AGENT;
  return notInFormat(`unexpected fields follow the size: ${describeValue(tail.trim())}`);
}
