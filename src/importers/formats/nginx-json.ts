import { describeValue } from "../../event/describe-value.ts";
import { agentOf, type JsonFields, parseJsonLine, textOf } from "../json-line.ts";
import { type LineResult, type LogFormat, notInFormat, requestOf } from "../log-format.ts";
import { isoOfClfTime, isoOfEpoch } from "../log-time.ts";
import { parseRequestLine, parseTarget, type RequestTarget } from "../request-target.ts";
import { bestForwarded } from "../visitor.ts";

/** A JSON `log_format` of nginx, with the usual names of its variables. */
export const NGINX_JSON: LogFormat = { name: "nginx-json", open: () => parseLine };

const REMOTE = [
  "remote_addr",
  "remote_address",
  "remote_ip",
  "client_addr",
  "client_ip",
  "clientip",
  "client",
  "ip",
];
const FORWARDED = [
  "http_x_forwarded_for",
  "x_forwarded_for",
  "forwarded_for",
  "xff",
  "http_x_real_ip",
  "x_real_ip",
];
const TARGET = ["request_uri", "uri", "url", "path", "request_path"];
const TIME = [
  "time_iso8601",
  "time_local",
  "@timestamp",
  "timestamp",
  "datetime",
  "time",
  "msec",
  "ts",
];
const STATUS = ["status", "status_code", "response_status", "response"];
/** What the client sent comes first. Not `hostname`: nginx names its machine so. */
const HOST = [
  "http_host",
  "host",
  "request_host",
  "vhost",
  "virtual_host",
  "domain",
  "server_name",
];
const REFERRER = ["http_referer", "http_referrer", "referer", "referrer"];
const AGENT = ["http_user_agent", "user_agent", "useragent", "agent"];

function parseLine(text: string): LineResult {
  const line = parseJsonLine(text);
  if (line === undefined) return notInFormat(describeValue(text));
  const requested = targetOf(line);
  const timestamp = timeOf(line);
  if (requested === undefined || timestamp === undefined) {
    return notInFormat(`it lacks request or request_uri, or one of ${TIME.join(", ")}`);
  }
  // A header that was not sent is "" or "-"; another field may have the address.
  const headers = [...FORWARDED, ...REMOTE].map((name) => textOf(line, [name]) ?? "");
  return requestOf({
    remote: textOf(line, REMOTE) ?? "",
    forwarded: bestForwarded(headers),
    agent: agentOf(textOf(line, AGENT)),
    ...requested,
    hosts: HOST.map((name) => textOf(line, [name])),
    referrer: textOf(line, REFERRER),
    status: textOf(line, STATUS),
    timestamp,
  });
}

/** Prefers what the client sent to `$uri`, which nginx rewrites. */
function targetOf(
  line: JsonFields,
): { target: string; requested: RequestTarget | undefined } | undefined {
  const target = textOf(line, ["request_uri"]);
  if (target !== undefined) return { target, requested: parseTarget(target) };
  const request = textOf(line, ["request"]);
  if (request !== undefined)
    return { target: request, requested: parseRequestLine(request) ?? parseTarget(request) };
  const rewritten = textOf(line, TARGET);
  return rewritten === undefined
    ? undefined
    : { target: rewritten, requested: parseTarget(rewritten) };
}

function timeOf(line: JsonFields): string | undefined {
  const time = textOf(line, TIME);
  if (time === undefined) return undefined;
  return /^\d+(?:\.\d+)?$/.test(time) ? isoOfEpoch(Number(time)) : (isoOfClfTime(time) ?? time);
}
