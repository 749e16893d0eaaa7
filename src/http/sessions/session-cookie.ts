import { isSecureRequest } from "./secure-request.ts";

const SESSION_COOKIE = "queueflow_session";

/** A browser sends several when an earlier one has another path, or a neighbouring host has set one. */
const TEXTS_MAX = 8;

/** Returns the name of the cookie of a public link with a password. Each has one, since a browser may open several. */
export function linkCookie(shareId: string): string {
  return `queueflow_share_${shareId}`;
}

/** Returns the texts of the sessions that the request has. */
export function sessionCookies(
  { headers }: Request,
  cookie: string = SESSION_COOKIE,
): readonly string[] {
  const pairs = (headers.get("cookie") ?? "").split(";").map((pair) => pair.trim().split("=", 2));
  const texts = pairs.flatMap(([name, value]) =>
    name === cookie && value !== undefined ? [value] : [],
  );
  return texts.slice(0, TEXTS_MAX);
}

export interface CookieOptions {
  /** That of the dashboard by default. */
  readonly name?: string;
  /** The path under which browsers see the engine. */
  readonly path: string;
  /** 0 removes it. */
  readonly maxAgeS: number;
}

/** Scripts cannot read it, and other sites cannot send it with a request that changes something. */
export function setCookie(
  request: Request,
  text: string,
  { name = SESSION_COOKIE, path, maxAgeS }: CookieOptions,
): string {
  const secure = isSecureRequest(request) ? "; Secure" : "";
  return `${name}=${text}; Path=${path}; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax${secure}`;
}
