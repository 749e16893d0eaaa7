import { describeValue } from "../../event/describe-value.ts";
import {
  agentOf,
  asFields,
  isoOfEpoch,
  type JsonFields,
  parseJsonLine,
  statusOf,
  textOf,
} from "../json-line.ts";
import { type LineResult, type LogFormat, notInFormat, withoutAddress } from "../log-format.ts";
import { targetPath } from "../request-path.ts";
import { visitorOf } from "../visitor.ts";

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
  // client_ip since 2.7, remote_ip since 2.5, both without a port; remote_addr before.
  const remote = textOf(request, ["client_ip", "remote_ip", "remote_addr"]) ?? "";
  const headers = asFields(request["headers"]) ?? {};
  const visitor = visitorOf(remote, headerOf(headers, "x-forwarded-for"));
  if (visitor === undefined) return withoutAddress(describeValue(remote));
  return {
    kind: "request",
    request: {
      visitor: visitor.name,
      isHostName: visitor.isHostName,
      agent: agentOf(headerOf(headers, "user-agent") ?? ""),
      target,
      path: targetPath(target),
      status: statusOf(textOf(line, ["status"])),
      timestamp,
      ending: "whole",
    },
  };
}

/** `ts` is in seconds unless `time_format` says otherwise. */
function timeOf(line: JsonFields): string | undefined {
  const time = line["ts"];
  if (typeof time === "number") return isoOfEpoch(time);
  return typeof time === "string" && /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(time)
    ? time
    : undefined;
}

/** Caddy keeps each header as a list, under its canonical name. */
function headerOf(headers: JsonFields, name: string): string | undefined {
  const key = Object.keys(headers).find((header) => header.toLowerCase() === name);
  const values = key === undefined ? undefined : headers[key];
  return Array.isArray(values) ? values.join(", ") : undefined;
}
