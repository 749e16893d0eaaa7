import { describeValue } from "../../event/describe-value.ts";
import { agentOf, parseJsonLine, textOf } from "../json-line.ts";
import { type LineResult, type LogFormat, notInFormat, requestOf } from "../log-format.ts";
import { parseTarget } from "../request-target.ts";

/** Has the user agent and the referrer only when Traefik is configured to keep those headers. */
export const TRAEFIK: LogFormat = { name: "traefik", open: () => parseLine };

function parseLine(text: string): LineResult {
  const line = parseJsonLine(text);
  if (line === undefined) return notInFormat(describeValue(text));
  const target = textOf(line, ["RequestPath"]);
  const timestamp = textOf(line, ["StartUTC", "StartLocal", "time"]);
  if (target === undefined || timestamp === undefined) {
    return notInFormat("it lacks RequestPath or StartUTC");
  }
  return requestOf({
    // ClientHost is the header X-Forwarded-For if the request has one.
    remote: textOf(line, ["ClientHost", "ClientAddr"]) ?? "",
    forwarded: textOf(line, ["request_X-Forwarded-For"]),
    agent: agentOf(textOf(line, ["request_User-Agent"])),
    target,
    requested: parseTarget(target),
    hosts: [textOf(line, ["RequestHost"]), textOf(line, ["RequestAddr"])],
    referrer: textOf(line, ["request_Referer"]),
    status: textOf(line, ["DownstreamStatus", "OriginStatus"]),
    timestamp,
  });
}
