import { isSecureRequest } from "./secure-request.ts";

const NAME = "queueflow_session";

/** Returns the text of the session that the request has, if any. */
export function sessionCookie({ headers }: Request): string | undefined {
  for (const pair of (headers.get("cookie") ?? "").split(";")) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === NAME) return value;
  }
  return undefined;
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
