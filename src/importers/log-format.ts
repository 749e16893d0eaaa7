import { describeValue } from "../event/describe-value.ts";
import { visitorOf } from "./visitor.ts";

/** A request that an access log records. */
export interface LogRequest {
  /** The visitor's address in canonical form, or a host name in lower case. */
  readonly visitor: string;
  readonly isHostName: boolean;
  /** The user agent, one byte per character; `-` if none was sent, undefined if the format has none. */
  readonly agent: string | undefined;
  /** The request line or target, for messages. */
  readonly target: string;
  /** Unicode, without query; undefined when the request has none. */
  readonly path: string | undefined;
  /** Undefined when the log has none. */
  readonly status: number | undefined;
  /** ISO 8601 with an offset; not checked further. */
  readonly timestamp: string;
  /** Whether the user agent lacks its closing quote. */
  readonly isCut: boolean;
}

/** A line that is no request of the format, or not a whole one, or names no visitor; `why` is for a person. */
export interface Refusal {
  readonly kind: "refused";
  readonly reason: "format" | "no-address";
  readonly why: string;
}

/** A directive describes the lines after it. */
export type LineResult =
  | { readonly kind: "request"; readonly request: LogRequest }
  | { readonly kind: "directive" }
  | Refusal;

/** Reads the lines of one log, in order. `text` holds one byte per character. */
export type LineParser = (text: string) => LineResult;

/** A format of access logs. */
export interface LogFormat {
  readonly name: string;
  /** Returns a parser for a log from its first line. */
  readonly open: () => LineParser;
}

/** What a parser found in a line, with the addresses that may name the visitor. */
export interface FoundRequest extends Pick<LogRequest, "agent" | "target" | "path" | "timestamp"> {
  /** Where the request came from: an address, a list of them, or a host name. */
  readonly remote: string;
  /** The addresses that a proxy forwarded. */
  readonly forwarded?: string | undefined;
  /** Three digits; anything else counts as absent. */
  readonly status: string | undefined;
  readonly isCut?: boolean;
}

/** Returns the request, or a refusal if its addresses name no visitor. */
export function requestOf({ remote, forwarded, status, ...found }: FoundRequest): LineResult {
  const visitor = visitorOf(remote, forwarded);
  if (visitor === undefined) {
    return { kind: "refused", reason: "no-address", why: describeValue(remote) };
  }
  const request = {
    isCut: false,
    ...found,
    visitor: visitor.name,
    isHostName: visitor.isHostName,
    status: /^\d{3}$/.test(status ?? "") ? Number(status) : undefined,
  };
  return { kind: "request", request };
}

/** Returns the refusal of a line that is not in the format. */
export function notInFormat(why: string): Refusal {
  return { kind: "refused", reason: "format", why };
}
