import { describeValue } from "../../event/describe-value.ts";
import {
  agentOf,
  isoOfEpoch,
  type JsonFields,
  parseJsonLine,
  statusOf,
  textOf,
} from "../json-line.ts";
import { type LineResult, type LogFormat, notInFormat, withoutAddress } from "../log-format.ts";
import { requestPath, targetPath } from "../request-path.ts";
import { bestForwarded, visitorOf } from "../visitor.ts";
import { isoOfClfTime } from "./clf-time.ts";

/** A JSON `log_format` of nginx, under the names that are in use for its variables. */
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
const AGENT = ["http_user_agent", "user_agent", "useragent", "agent"];

function parseLine(text: string): LineResult {
  const line = parseJsonLine(text);
  if (line === undefined) return notInFormat(describeValue(text));
  const asked = targetOf(line);
  const timestamp = timeOf(line);
  if (asked === undefined || timestamp === undefined) {
    return notInFormat(`it lacks request or request_uri, or one of ${TIME.join(", ")}`);
  }
  const remote = textOf(line, REMOTE) ?? "";
  // nginx writes a header that was not sent as "" or "-"; another field may have the address.
  const headers = [...FORWARDED, ...REMOTE].map((name) => textOf(line, [name]) ?? "");
  const visitor = visitorOf(remote, bestForwarded(headers));
  if (visitor === undefined) return withoutAddress(describeValue(remote));
  return {
    kind: "request",
    request: {
      visitor: visitor.name,
      isHostName: visitor.isHostName,
      agent: agentOf(textOf(line, AGENT)),
      ...asked,
      status: statusOf(textOf(line, STATUS)),
      timestamp,
      ending: "whole",
    },
  };
}

/** `$uri` is rewritten by nginx, so that what the client sent comes first. */
function targetOf(line: JsonFields): { target: string; path: string | undefined } | undefined {
  const target = textOf(line, ["request_uri"]);
  if (target !== undefined) return { target, path: targetPath(target) };
  const request = textOf(line, ["request"]);
  if (request !== undefined)
    return { target: request, path: requestPath(request) ?? targetPath(request) };
  const rewritten = textOf(line, TARGET);
  return rewritten === undefined ? undefined : { target: rewritten, path: targetPath(rewritten) };
}

function timeOf(line: JsonFields): string | undefined {
  const time = textOf(line, TIME);
  if (time === undefined) return undefined;
  return /^\d+(?:\.\d+)?$/.test(time) ? isoOfEpoch(Number(time)) : (isoOfClfTime(time) ?? time);
}
