import { toUnicode } from "./log-escape.ts";

/** What a request asks for, percent-encoded as it was sent. */
export interface RequestTarget {
  readonly path: string;
  /** With its `?`; empty if none was sent. */
  readonly query: string;
  /** With its port; undefined unless the target is a whole URL. */
  readonly host: string | undefined;
}

const METHOD = /^[A-Za-z][A-Za-z_-]* +/;
const PROTOCOL = / +HTTP\/\d(?:\.\d)?$/;
/** Requests to a proxy name it (RFC 9112, section 3.2.2). The host follows the credentials. */
const ORIGIN = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^/?#]*@)?([^/?#]*)/;

/** Parses `GET /a?b=c HTTP/1.1`. Returns undefined for `OPTIONS *` and `CONNECT host:443`. */
export function parseRequestLine(requestLine: string): RequestTarget | undefined {
  const method = METHOD.exec(requestLine);
  if (method === null) return undefined;
  return parseTarget(requestLine.slice(method[0].length).replace(PROTOCOL, ""));
}

/** Drops the fragment. */
export function parseTarget(target: string): RequestTarget | undefined {
  const [origin, host] = ORIGIN.exec(target) ?? [];
  if (origin === undefined && !target.startsWith("/")) return undefined;
  const [resource = ""] = target.slice(origin?.length ?? 0).split("#", 1);
  const queryAt = resource.indexOf("?");
  const path = queryAt === -1 ? resource : resource.slice(0, queryAt);
  const query = queryAt === -1 ? "" : resource.slice(queryAt);
  return { path: path === "" ? "/" : path, query, host };
}

export function toUnicodeTarget(target: RequestTarget | undefined): RequestTarget | undefined {
  if (target === undefined) return undefined;
  const { path, query, host } = target;
  return {
    path: toUnicode(path),
    query: toUnicode(query),
    host: host === undefined ? undefined : toUnicode(host),
  };
}
