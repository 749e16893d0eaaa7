/** A parameter, which may be empty: `; name=token`, `; name="quoted"` or `;` (RFC 9110, section 5.6.6). */
const PARAMETER =
  /[ \t]*;[ \t]*(?:([!#$%&'*+.^_`|~\w-]+)=(?:([!#$%&'*+.^_`|~\w-]+)|"((?:[^"\\]|\\.)*)"))?/y;
const TYPE = /^[ \t]*application\/json(?=[ \t]*(?:;|$))/i;
const BLANK = /[ \t]*$/y;
/** JSON is UTF-8 and nothing else (RFC 8259, section 8.1); the second is how MySQL and PHP spell it. */
const CHARSETS: ReadonlySet<string> = new Set(["utf-8", "utf8"]);

/**
 * Whether a `Content-Type` announces JSON in UTF-8. Case and unknown parameters do not matter; a charset that is not UTF-8
 * does, wherever it stands.
 */
export function isJsonType(contentType: string): boolean {
  let at = TYPE.exec(contentType)?.[0].length;
  while (at !== undefined && !matchesAt(BLANK, contentType, at)) {
    PARAMETER.lastIndex = at;
    const [parameter, name, token, quoted] = PARAMETER.exec(contentType) ?? [];
    const value = token ?? quoted?.replaceAll(/\\(.)/g, "$1") ?? "";
    const isRefused = name?.toLowerCase() === "charset" && !CHARSETS.has(value.toLowerCase());
    at = parameter === undefined || isRefused ? undefined : at + parameter.length;
  }
  return at !== undefined;
}

/** Whether a `Content-Encoding` leaves the body as it is: nothing but `identity`, in any case (RFC 9110, section 8.4.1). */
export function isIdentityEncoding(contentEncoding: string): boolean {
  return contentEncoding
    .split(",")
    .map((coding) => coding.trim().toLowerCase())
    .every((coding) => coding === "" || coding === "identity");
}

function matchesAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}
