import { QueueFlowError } from "../../errors.ts";
import { describeValue } from "../../event/describe-value.ts";

const TYPE = /^[ \t]*([!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+)(?=[ \t]*(?:;|$))/;
/** `; name=token`, `; name="quoted"` or `;` alone (RFC 9110, 5.6.6). */
const PARAMETER =
  /[ \t]*;[ \t]*(?:([!#$%&'*+.^_`|~\w-]+)=(?:([!#$%&'*+.^_`|~\w-]+)|"((?:[^"\\]|\\.)*)"))?/y;
const BLANK = /[ \t]*$/y;
const CHARSETS: ReadonlySet<string> = new Set(["utf-8", "utf8"]);

export interface ExpectedMedia {
  /** In lower case. */
  readonly mediaType: string;
  /** Content codings besides `identity`, in lower case. */
  readonly encodings: readonly string[];
}

/** @throws QueueFlowError `unsupported_media_type`. */
export function expectMediaType(headers: Headers, { mediaType, encodings }: ExpectedMedia): void {
  const contentType = headers.get("content-type");
  if (contentType !== mediaType && !isMediaType(contentType ?? "", mediaType)) {
    throw unsupported(
      `Expected Content-Type to be ${mediaType} in UTF-8, got ${describeValue(contentType ?? undefined)}`,
    );
  }
  const encoding = headers.get("content-encoding");
  if (encoding !== null && !isEncoded(encoding, encodings)) {
    throw unsupported(`Expected no Content-Encoding, got ${describeValue(encoding)}`);
  }
}

/** Ignores case and parameters, but a charset must be UTF-8. */
export function isMediaType(contentType: string, mediaType: string): boolean {
  const [start, type] = TYPE.exec(contentType) ?? [];
  if (start === undefined || type?.toLowerCase() !== mediaType) return false;
  let at = start.length;
  while (!matchesAt(BLANK, contentType, at)) {
    PARAMETER.lastIndex = at;
    const [parameter, name, token, quoted] = PARAMETER.exec(contentType) ?? [];
    if (parameter === undefined) return false;
    const value = token ?? quoted?.replaceAll(/\\(.)/g, "$1") ?? "";
    if (name?.toLowerCase() === "charset" && !CHARSETS.has(value.toLowerCase())) return false;
    at += parameter.length;
  }
  return true;
}

/** Whether all codings are `identity` or known (RFC 9110, 8.4.1). */
export function isEncoded(contentEncoding: string, encodings: readonly string[]): boolean {
  return contentEncoding
    .split(",")
    .map((coding) => coding.trim().toLowerCase())
    .every((coding) => coding === "" || coding === "identity" || encodings.includes(coding));
}

function matchesAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

function unsupported(message: string): QueueFlowError {
  return new QueueFlowError("unsupported_media_type", message);
}
