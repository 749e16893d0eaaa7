import { QueueFlowError } from "../../errors.ts";
import { describeValue } from "../../event/describe-value.ts";

const TYPE = /^[ \t]*([!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+)(?=[ \t]*(?:;|$))/;
/** `; name=token`, `; name="quoted"` or `;` alone (RFC 9110, 5.6.6). */
const PARAMETER =
  /[ \t]*;[ \t]*(?:([!#$%&'*+.^_`|~\w-]+)=(?:([!#$%&'*+.^_`|~\w-]+)|"((?:[^"\\]|\\.)*)"))?/y;
const BLANK = /[ \t]*$/y;
const CHARSETS: ReadonlySet<string> = new Set(["utf-8", "utf8"]);

/** How the bytes of a body are to be read. */
export interface Media<Kind> {
  readonly kind: Kind;
  /** Content codings in the order of their application, without `identity`. */
  readonly codings: readonly string[];
}

const NO_CODINGS: readonly string[] = [];
/** More are no compression. */
const CODINGS_MAX = 2;

/**
 * Looks the media type up in `kinds`, whose keys are in lower case; one with parameters is only a quicker way to the kind of its type.
 *
 * @throws QueueFlowError `unsupported_media_type`.
 */
export function mediaOf<Kind>(
  headers: Headers,
  { kinds, codings }: { kinds: ReadonlyMap<string, Kind>; codings: readonly string[] },
): Media<Kind> {
  const contentType = headers.get("content-type");
  const encoding = headers.get("content-encoding");
  return {
    kind: kindOf(contentType, kinds),
    codings: encoding === null ? NO_CODINGS : codingsOf(encoding, codings),
  };
}

function kindOf<Kind>(contentType: string | null, kinds: ReadonlyMap<string, Kind>): Kind {
  const kind = kinds.get(contentType ?? "");
  if (kind !== undefined) return kind;
  for (const [mediaType, each] of kinds) if (isMediaType(contentType ?? "", mediaType)) return each;
  // The empty one stands for a body without a type.
  const known = [...kinds.keys()].filter((each) => each !== "" && !each.includes(";")).join(" or ");
  throw unsupported(
    `Expected Content-Type to be ${known} in UTF-8, got ${describeValue(contentType ?? undefined)}`,
  );
}

/** Ignores case, `identity` and empty elements (RFC 9110, 8.4.1). */
export function codingsOf(contentEncoding: string, known: readonly string[]): readonly string[] {
  const codings = contentEncoding
    .split(",")
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== "" && coding !== "identity");
  if (codings.length <= CODINGS_MAX && codings.every((coding) => known.includes(coding))) {
    return codings;
  }
  const expected =
    known.length === 0 ? "no Content-Encoding" : `Content-Encoding to be ${known.join(" or ")}`;
  throw unsupported(`Expected ${expected}, got ${describeValue(contentEncoding)}`);
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

function matchesAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

function unsupported(message: string): QueueFlowError {
  return new QueueFlowError("unsupported_media_type", message);
}
