const FORWARDED_HTTPS = /(?:^|[;,])\s*proto="?https"?\s*(?:[;,]|$)/i;

/** Whether the client uses HTTPS, as far as the nearest proxy says. A client that lies makes only its own cookie stricter. */
export function isSecureRequest({ url, headers }: Request): boolean {
  if (url.startsWith("https:")) return true;
  const nearest = headers.get("x-forwarded-proto")?.split(",").at(-1)?.trim().toLowerCase();
  return nearest === "https" || FORWARDED_HTTPS.test(headers.get("forwarded") ?? "");
}
