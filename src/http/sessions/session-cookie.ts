import { isSecureRequest } from "./secure-request.ts";

/** `share` has what a public link with a password asked for. */
const NAMES = { session: "queueflow_session", share: "queueflow_share" };
export type CookieKind = keyof typeof NAMES;

/** A browser sends several when an earlier one has another path, or a neighbouring host has set one. */
const TEXTS_MAX = 8;

/** Returns the texts of the sessions that the request has. */
export function sessionCookies(
  { headers }: Request,
  kind: CookieKind = "session",
): readonly string[] {
  const pairs = (headers.get("cookie") ?? "").split(";").map((pair) => pair.trim().split("=", 2));
  const texts = pairs.flatMap(([name, value]) =>
    name === NAMES[kind] && value !== undefined ? [value] : [],
  );
  return texts.slice(0, TEXTS_MAX);
}

export interface CookieOptions {
  /** `session` by default. */
  readonly kind?: CookieKind;
  /** The path under which browsers see the engine. */
  readonly path: string;
  /** 0 removes it. */
  readonly maxAgeS: number;
}

/** Scripts cannot read it, and other sites cannot send it with a request that changes something. */
export function setCookie(
  request: Request,
  text: string,
  { kind = "session", path, maxAgeS }: CookieOptions,
): string {
  const secure = isSecureRequest(request) ? "; Secure" : "";
  return `${NAMES[kind]}=${text}; Path=${path}; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax${secure}`;
}
