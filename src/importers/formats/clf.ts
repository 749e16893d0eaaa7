import { describeValue } from "../../event/describe-value.ts";
import { toUnicode, toWrittenBytes } from "../log-escape.ts";
import { type LineResult, type LogFormat, notInFormat, withoutAddress } from "../log-format.ts";
import { withoutPrefix } from "../log-prefix.ts";
import { requestPath } from "../request-path.ts";
import { needsForwarded, visitorOf } from "../visitor.ts";
import { clfAgent, noAgent } from "./clf-agent.ts";
import { clfHead } from "./clf-head.ts";
import { isoOfClfTime } from "./clf-time.ts";

/** `host ident user [time] "request" status size`, and after it referer and user agent. */
export const COMBINED: LogFormat = clf("combined", { agent: true, virtualHost: false });
/** The combined format behind the virtual host, as in Debian's other_vhosts_access.log. */
export const VHOST_COMBINED: LogFormat = clf("vhost_combined", { agent: true, virtualHost: true });
/** The combined format without referer and user agent. */
export const COMMON: LogFormat = clf("common", { agent: false, virtualHost: false });

/**
 * `head [time] "request" status size tail`. Servers write a quote inside the request as `\"` or `\x22`;
 * a bare one does not end the request unless a status follows. Each character matches in one way
 * only, so that a line takes linear time.
 */
const LINE =
  /^(.{1,2048}?) \[([^[\]]{26})\] "((?:[^"\\]|\\.|"(?! (?:\d{3}|-) ))*)" (\d{3}|-) (?:\d+|-)(?= |$)/s;

/** What the common format may have after the size: durations. */
const DURATIONS = /^(?: +\d+(?:\.\d+)?(?:[mu]?s)?)* *$/;

/** The start of a time, as no client can write it into a field where quotes are escaped. */
const TIME_OF_ANOTHER_LINE = /\[\d\d\/[A-Z][a-z]{2}\/\d{4}:/;

interface ClfFields {
  /** Whether referer and user agent follow the size. */
  readonly agent: boolean;
  /** Whether a virtual host must stand first; otherwise it may. */
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
  const agent = fields.agent ? clfAgent(tail) : commonTail(tail);
  if (agent.kind === "refused") return agent;
  const head = clfHead(headText);
  if (head === undefined) return notInFormat(describeValue(headText));
  if (fields.virtualHost && !head.hasVirtualHost) {
    return notInFormat("it does not begin with a virtual host");
  }
  if (agent.isForwardedCut && needsForwarded(head.client)) {
    return notInFormat("the field after the user agent, which may name the visitor, is cut");
  }
  const visitor = visitorOf(head.client, agent.forwarded);
  if (visitor === undefined) return withoutAddress(describeValue(head.client));
  const target = toWrittenBytes(request);
  const path = requestPath(target);
  return {
    kind: "request",
    request: {
      visitor: visitor.name,
      isHostName: visitor.isHostName,
      agent: agent.agent,
      target,
      path: path === undefined ? undefined : toUnicode(path),
      status: status === "-" ? undefined : Number(status),
      timestamp,
      ending: agent.ending,
    },
  };
}

function commonTail(tail: string): ReturnType<typeof clfAgent> {
  if (DURATIONS.test(tail)) {
    return noAgent();
  }
  return notInFormat(
    `more than the common format has follows the size: ${describeValue(tail.trim())}`,
  );
}
