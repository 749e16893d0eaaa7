/** What a request asks for. */
export interface RequestTarget {
  readonly path: string;
  /** Without its question mark, percent-encoded as it came; empty when there is none. */
  readonly query: string;
}

/**
 * Path and query of a request's URL. Its host comes from the client's `Host` header, which may be absent or
 * no host at all, so that `new URL` would throw; it is cut off unread.
 */
export function requestTarget({ url }: Request): RequestTarget {
  const target = url.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
  const queryAt = target.indexOf("?");
  if (queryAt === -1) return { path: target, query: "" };
  return { path: target.slice(0, queryAt), query: target.slice(queryAt + 1) };
}
