import { toUnicode } from "./log-escape.ts";

const METHOD = /^[A-Za-z][A-Za-z_-]* +/;
const PROTOCOL = / +HTTP\/\d(?:\.\d)?$/;
/** Requests to a proxy name it (RFC 9112, section 3.2.2). */
const ORIGIN = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/;

/** Returns `/a` for `GET /a?b=c HTTP/1.1`; undefined for `OPTIONS *` and `CONNECT host:443`. */
export function requestPath(requestLine: string): string | undefined {
  const method = METHOD.exec(requestLine);
  if (method === null) return undefined;
  return targetPath(requestLine.slice(method[0].length).replace(PROTOCOL, ""));
}

/** Removes query and fragment; percent-encoding stays. */
export function targetPath(target: string): string | undefined {
  const origin = ORIGIN.exec(target)?.[0];
  if (origin === undefined && !target.startsWith("/")) return undefined;
  const [path = ""] = target.slice(origin?.length ?? 0).split(/[?#]/, 1);
  return path === "" ? "/" : path;
}

export function toUnicodePath(path: string | undefined): string | undefined {
  return path === undefined ? undefined : toUnicode(path);
}
