import { describeValue } from "../event/describe-value.ts";
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

export interface FoundRequest extends Pick<LogRequest, "agent" | "target" | "path" | "timestamp"> {
  /** An address, a list of them, or a host name. */
  readonly remote: string;
  readonly forwarded?: string | undefined;
  readonly status: string | undefined;
  readonly isCut?: boolean;
}

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

export function notInFormat(why: string): Refusal {
  return { kind: "refused", reason: "format", why };
}
