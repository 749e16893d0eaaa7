import { looksLikeKey } from "../../access/key.ts";

const BEARER = /^bearer +(.+)$/i;
const BASIC = /^basic +(.+)$/i;
const PARAMETER = "key=";

/**
 * Returns the first key that the request gives: as `Authorization: Bearer`, as the user of `Authorization: Basic`, in `X-Write-Key`,
 * or in `?key=` where that is allowed. Other texts are of proxies.
 */
export function presentedKey(
  { headers, url }: Request,
  { mayBeInQuery }: { mayBeInQuery: boolean },
): string | undefined {
  return keyInHeaders(headers) ?? (mayBeInQuery ? keyInQuery(url) : undefined);
}

function keyInHeaders(headers: Headers): string | undefined {
  const authorization = headers.get("authorization");
  if (authorization !== null) {
    const text = BEARER.exec(authorization)?.[1] ?? basicUser(authorization);
    if (text !== undefined && looksLikeKey(text)) return text;
  }
  const own = headers.get("x-write-key");
  return own !== null && looksLikeKey(own) ? own : undefined;
}

function basicUser(authorization: string): string | undefined {
  const encoded = BASIC.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  return Buffer.from(encoded, "base64").toString().split(":", 1)[0];
}

/** Returns the key in `?key=`, if any. */
export function keyInQuery(url: string): string | undefined {
  const at = url.indexOf("?");
  if (at === -1 || !url.includes(PARAMETER, at)) return undefined;
  const given = new URLSearchParams(url.slice(at + 1)).getAll("key");
  return given.find(looksLikeKey);
}
