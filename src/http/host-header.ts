/** A host, or nothing, and an optional port (RFC 9110, 7.2). */
const HOST = /^(?:[\w.~!$&'()*+,;=%-]*|\[[\w.:~%-]+\])(?::\d*)?$/;

/**
 * Returns whether the request has at most one `Host`, and a valid one. The runtime joins several with ", ", which no host contains, and
 * itself refuses HTTP/1.1 without one.
 */
export function hasValidHost({ headers }: Request): boolean {
  const host = headers.get("host");
  return host === null || HOST.test(host);
}
