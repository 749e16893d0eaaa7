import { isSecureRequest } from "./secure-request.ts";

const NAME = "queueflow_session";

/** A browser sends several when an earlier one has another path, or a neighbouring host has set one. */
const TEXTS_MAX = 8;

/** Returns the texts of the sessions that the request has. */
export function sessionCookies({ headers }: Request): readonly string[] {
  const pairs = (headers.get("cookie") ?? "").split(";").map((pair) => pair.trim().split("=", 2));
  const texts = pairs.flatMap(([name, value]) =>
    name === NAME && value !== undefined ? [value] : [],
  );
  return texts.slice(0, TEXTS_MAX);
}

export interface CookieOptions {
  /** The path under which browsers see the engine. */
  readonly path: string;
  /** 0 removes it. */
  readonly maxAgeS: number;
}

/** Scripts cannot read it, and other sites cannot send it with a request that changes something. */
export function setCookie(
  request: Request,
  text: string,
  { path, maxAgeS }: CookieOptions,
): string {
  const secure = isSecureRequest(request) ? "; Secure" : "";
  return `${NAME}=${text}; Path=${path}; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax${secure}`;
}
