export interface RequestTarget {
  readonly path: string;
  /** Percent-encoded, without the question mark. */
  readonly query: string;
}

/** Avoids `new URL`, which throws when the `Host` header is absent or invalid. */
export function requestTarget({ url }: Request): RequestTarget {
  const target = url.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
  const queryAt = target.indexOf("?");
  if (queryAt === -1) return { path: target, query: "" };
  return { path: target.slice(0, queryAt), query: target.slice(queryAt + 1) };
}
