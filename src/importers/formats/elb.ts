import { describeValue } from "../../event/describe-value.ts";
import { toUnicode, toWrittenBytes } from "../log-escape.ts";
import { type LineResult, type LogFormat, notInFormat, withoutAddress } from "../log-format.ts";
import { requestPath } from "../request-path.ts";
import { visitorOf } from "../visitor.ts";

/** The access logs of AWS load balancers: Application (which has the type first) and Classic. */
export const ELB: LogFormat = { name: "elb", open: () => parseLine };

const FIELDS = [
  String.raw`(?:(?:https?|h2|grpcs|wss?) )?`,
  String.raw`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) `,
  // Load balancer, client and port, target.
  String.raw`\S+ (\S+) \S+ `,
  // Three times, two statuses, two sizes.
  String.raw`(?:-?\d+(?:\.\d+)?|-) (?:-?\d+(?:\.\d+)?|-) (?:-?\d+(?:\.\d+)?|-) (\d{3}|0|-) (?:\d{1,3}|-) (?:\d+|-) (?:\d+|-) `,
  String.raw`"((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)" `,
  // Cipher and protocol, and what the Application Load Balancer adds.
  String.raw`[^\s"]+ [^\s"]+(?: (?:"(?:[^"\\]|\\.)*"|[^\s"]+))* ?$`,
];
const LINE = new RegExp(`^${FIELDS.join("")}`, "s");
const PORT = /:\d{1,5}$/;

function parseLine(text: string): LineResult {
  const line = LINE.exec(text);
  if (line === null) return notInFormat(describeValue(text));
  const [, timestamp = "", client = "", status = "", request = "", agent = ""] = line;
  // The port is always there, also behind an IPv6 address without brackets.
  const visitor = visitorOf(client.replace(PORT, ""));
  if (visitor === undefined) return withoutAddress(describeValue(client));
  const target = toWrittenBytes(request);
  const path = requestPath(target);
  return {
    kind: "request",
    request: {
      visitor: visitor.name,
      isHostName: visitor.isHostName,
      agent,
      target,
      path: path === undefined ? undefined : toUnicode(path),
      status: /^\d{3}$/.test(status) ? Number(status) : undefined,
      timestamp,
      ending: "whole",
    },
  };
}
