/** A request as an access log tells it. */
export interface LogRequest {
  /** The visitor's address in canonical form, or a host name in lower case. */
  readonly visitor: string;
  readonly isHostName: boolean;
  /** One byte a character, as the log has it; `-` when none was sent; undefined when the format has none. */
  readonly agent: string | undefined;
  /** The request line or target, for messages. */
  readonly target: string;
  /** Unicode, without query; undefined when the request names none. */
  readonly path: string | undefined;
  /** Undefined when the log does not tell. */
  readonly status: number | undefined;
  /** ISO 8601 with an offset; whether such an instant exists is not checked here. */
  readonly timestamp: string;
  /** `cut` when the user agent lacks its closing quote. */
  readonly ending: "whole" | "cut";
}

/** Why a line counts for nothing, and the details for a person. */
export interface Refusal {
  readonly kind: "refused";
  readonly reason: RefusalReason;
  readonly why: string;
}

/** `format`: the line is not in this format, or only a part of it is. */
export type RefusalReason = "format" | "no-address";

/** What a line is; a directive tells about the lines after it. */
export type LineResult =
  | { readonly kind: "request"; readonly request: LogRequest }
  | { readonly kind: "directive" }
  | Refusal;

/** Reads the lines of one log, in order. `text` holds one byte a character. */
export type LineParser = (text: string) => LineResult;

/** A format of access logs. */
export interface LogFormat {
  readonly name: string;
  /** A parser for a log from its first line. */
  readonly open: () => LineParser;
}

/** A line that is not in the format. */
export function notInFormat(why: string): Refusal {
  return { kind: "refused", reason: "format", why };
}

/** A line that does not tell who sent the request. */
export function withoutAddress(why: string): Refusal {
  return { kind: "refused", reason: "no-address", why };
}
