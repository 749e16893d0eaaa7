import { describeValue } from "../../event/describe-value.ts";
import { agentOf, asFields, type JsonFields, parseJsonLine, textOf } from "../json-line.ts";
import { type LineResult, type LogFormat, notInFormat, requestOf } from "../log-format.ts";
import { isoOfEpoch } from "../log-time.ts";
import { parseTarget } from "../request-target.ts";

/** The JSON access log of Caddy 2. */
export const CADDY: LogFormat = { name: "caddy", open: () => parseLine };

function parseLine(text: string): LineResult {
  const line = parseJsonLine(text);
  const request = asFields(line?.["request"]);
  if (line === undefined || request === undefined) return notInFormat(describeValue(text));
  const target = textOf(request, ["uri"]);
  const timestamp = timeOf(line);
  if (target === undefined || timestamp === undefined) {
    return notInFormat("it lacks request.uri or ts as a number or with an offset");
  }
  const headers = asFields(request["headers"]) ?? {};
  return requestOf({
    // client_ip since 2.7, remote_ip since 2.5, both without a port; remote_addr before.
    remote: textOf(request, ["client_ip", "remote_ip", "remote_addr"]) ?? "",
    forwarded: headerOf(headers, "x-forwarded-for"),
    agent: agentOf(headerOf(headers, "user-agent") ?? ""),
    target,
    requested: parseTarget(target),
    hosts: [textOf(request, ["host"])],
    referrer: headerOf(headers, "referer"),
    status: textOf(line, ["status"]),
    timestamp,
  });
}

/** `ts` is in seconds unless `time_format` is set. */
function timeOf(line: JsonFields): string | undefined {
  const time = line["ts"];
  if (typeof time === "number") return isoOfEpoch(time);
  return typeof time === "string" && /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(time)
    ? time
    : undefined;
}

/** Caddy logs each header as a list. */
function headerOf(headers: JsonFields, name: string): string | undefined {
  const key = Object.keys(headers).find((header) => header.toLowerCase() === name);
  const values = key === undefined ? undefined : headers[key];
  return Array.isArray(values) ? values.join(", ") : undefined;
}
