import { describeValue } from "../../event/describe-value.ts";
import { toWrittenBytes } from "../log-escape.ts";
import { type LineResult, type LogFormat, notInFormat, requestOf } from "../log-format.ts";
import { parseRequestLine, toUnicodeTarget } from "../request-target.ts";

/** AWS load balancers, Classic and Application. */
export const ELB: LogFormat = { name: "elb", open: () => parseLine };

const FIELDS = [
  String.raw`(?:(?:https?|h2|grpcs|wss?) )?`,
  String.raw`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) `,
  // Load balancer, client and port, target.
  String.raw`\S+ (\S+) \S+ `,
  // Times, statuses, sizes.
  String.raw`(?:-?\d+(?:\.\d+)?|-) (?:-?\d+(?:\.\d+)?|-) (?:-?\d+(?:\.\d+)?|-) (\d{3}|0|-) (?:\d{1,3}|-) (?:\d+|-) (?:\d+|-) `,
  String.raw`"((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)" `,
  // Cipher, protocol, and more of the Application Load Balancer.
  String.raw`[^\s"]+ [^\s"]+(?: (?:"(?:[^"\\]|\\.)*"|[^\s"]+))* ?$`,
];
const LINE = new RegExp(`^${FIELDS.join("")}`, "s");
const PORT = /:\d{1,5}$/;

function parseLine(text: string): LineResult {
  const line = LINE.exec(text);
  if (line === null) return notInFormat(describeValue(text));
  const [, timestamp = "", client = "", status = "", request = "", agent = ""] = line;
  const target = toWrittenBytes(request);
  return requestOf({
    // The port is always present, even after a bare IPv6 address.
    remote: client.replace(PORT, ""),
    agent,
    target,
    requested: toUnicodeTarget(parseRequestLine(target)),
    status,
    timestamp,
  });
}
