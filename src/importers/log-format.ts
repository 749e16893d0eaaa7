import { describeValue } from "../event/describe-value.ts";
import { firstHostname } from "./hostname.ts";
import type { RequestTarget } from "./request-target.ts";
import { visitorOf } from "./visitor.ts";

export interface LogRequest {
  readonly visitor: string;
  readonly isHostName: boolean;
  /** One byte per character; `-` if none was sent, undefined if the format has none. */
  readonly agent: string | undefined;
  /** For messages. */
  readonly target: string;
  /** Unicode, without query. */
  readonly path: string | undefined;
  /** Unicode, percent-encoded, with its `?`; empty if none was sent. */
  readonly query: string;
  /** Without port, in lower case. */
  readonly hostname: string | undefined;
  /** Unicode; undefined if none was sent. */
  readonly referrer: string | undefined;
  readonly status: number | undefined;
  /** ISO 8601 with an offset. */
  readonly timestamp: string;
  /** Whether the user agent lacks its closing quote. */
  readonly isCut: boolean;
}

export interface Refusal {
  readonly kind: "refused";
  readonly reason: "format" | "no-address";
  readonly why: string;
}

export type LineResult =
  | { readonly kind: "request"; readonly request: LogRequest }
  | { readonly kind: "directive" }
  | Refusal;

/** Parses one log in order. `text` has one byte per character. */
export type LineParser = (text: string) => LineResult;

export interface LogFormat {
  readonly name: string;
  readonly open: () => LineParser;
}

export interface FoundRequest extends Pick<LogRequest, "agent" | "target" | "timestamp"> {
  /** An address, a list of them, or a host name. */
  readonly remote: string;
  readonly forwarded?: string | undefined;
  /** Unicode; undefined if `target` has no path. */
  readonly requested: RequestTarget | undefined;
  /** Unicode, with or without ports. The first that is a host name counts, and before the one in `requested`. */
  readonly hosts?: readonly (string | undefined)[];
  /** Unicode; empty or `-` if none was sent. */
  readonly referrer?: string | undefined;
  readonly status: string | undefined;
  readonly isCut?: boolean;
}

const NOT_SENT: ReadonlySet<string> = new Set(["", "-"]);

export function requestOf(found: FoundRequest): LineResult {
  const { remote, requested, hosts = [], referrer = "" } = found;
  const visitor = visitorOf(remote, found.forwarded);
  if (visitor === undefined) {
    return { kind: "refused", reason: "no-address", why: describeValue(remote) };
  }
  const request: LogRequest = {
    visitor: visitor.name,
    isHostName: visitor.isHostName,
    agent: found.agent,
    target: found.target,
    path: requested?.path,
    query: requested?.query ?? "",
    hostname: firstHostname(hosts) ?? firstHostname([requested?.host]),
    referrer: NOT_SENT.has(referrer) ? undefined : referrer,
    status: /^\d{3}$/.test(found.status ?? "") ? Number(found.status) : undefined,
    timestamp: found.timestamp,
    isCut: found.isCut ?? false,
  };
  return { kind: "request", request };
}

export function notInFormat(why: string): Refusal {
  return { kind: "refused", reason: "format", why };
}
