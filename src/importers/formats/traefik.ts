import { describeValue } from "../../event/describe-value.ts";
import { agentOf, parseJsonLine, statusOf, textOf } from "../json-line.ts";
import { type LineResult, type LogFormat, notInFormat, withoutAddress } from "../log-format.ts";
import { targetPath } from "../request-path.ts";
import { visitorOf } from "../visitor.ts";

/** The JSON access log of Traefik; it has the user agent only when told to keep that header. */
export const TRAEFIK: LogFormat = { name: "traefik", open: () => parseLine };

function parseLine(text: string): LineResult {
  const line = parseJsonLine(text);
  if (line === undefined) return notInFormat(describeValue(text));
  const target = textOf(line, ["RequestPath"]);
  const timestamp = textOf(line, ["StartUTC", "StartLocal", "time"]);
  if (target === undefined || timestamp === undefined) {
    return notInFormat("it lacks RequestPath or StartUTC");
  }
  // ClientHost is the header X-Forwarded-For where a request has one.
  const remote = textOf(line, ["ClientHost", "ClientAddr"]) ?? "";
  const visitor = visitorOf(remote, textOf(line, ["request_X-Forwarded-For"]));
  if (visitor === undefined) return withoutAddress(describeValue(remote));
  return {
    kind: "request",
    request: {
      visitor: visitor.name,
      isHostName: visitor.isHostName,
      agent: agentOf(textOf(line, ["request_User-Agent"])),
      target,
      path: targetPath(target),
      status: statusOf(textOf(line, ["DownstreamStatus", "OriginStatus"])),
      timestamp,
      ending: "whole",
    },
  };
}
