import { EVENT_SECURITY_HEADERS } from "./security-headers.ts";

/** A serialised origin of the web or of an extension or app (RFC 6454, 6.1), as browsers write it. */
const ORIGIN = /^[a-z][a-z\d+.-]{0,31}:\/\/(?:[\w.-]{1,255}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;
/** Sandboxed frames and local files. */
const OPAQUE_ORIGIN = "null";
/** The origins of the sites that send most. Building headers for another costs 3 µs. */
const CACHED_ORIGINS_MAX = 64;

const ANY_ORIGIN = { "Access-Control-Allow-Origin": "*" };
const EVENT_HEADERS = { ...EVENT_SECURITY_HEADERS, Vary: "Origin" };
/** Tracing libraries add the last five to every request of a page. */
const ALLOWED_BY_PREFLIGHT = {
  "Access-Control-Allow-Methods": "POST",
  "Access-Control-Allow-Headers":
    "Authorization, X-Write-Key, Content-Type, Content-Encoding, Idempotency-Key, traceparent, tracestate, baggage, sentry-trace, x-requested-with",
  "Access-Control-Max-Age": "86400",
};

/**
 * Returns the headers of every response of the event routes. Pages of any site may send events and read the response:
 * `sendBeacon` always sends credentials, for which the origin must be named. The opaque origin stands for many pages, so it gets no
 * credentials. Without an origin, or with anything else, no other page may read the response.
 */
export function eventHeaders(origin: string | null): Readonly<Record<string, string>> {
  return { ...EVENT_HEADERS, ...allowedOrigin(origin) };
}

export function preflightResponse({ headers }: Request): Response {
  return new Response(null, {
    status: 204,
    headers: { ...eventHeaders(headers.get("origin")), ...ALLOWED_BY_PREFLIGHT },
  });
}

/** Returns a function that builds the `init` of responses to events once for each origin: `Headers` cost less than an object. */
export function eventResponseInits(status: number): (origin: string | null) => ResponseInit {
  const withoutOrigin = initFor(null);
  const byOrigin = new Map<string, ResponseInit>();
  return (origin) => {
    if (origin === null) return withoutOrigin;
    const known = byOrigin.get(origin);
    if (known !== undefined) return known;
    const init = initFor(origin);
    if (byOrigin.size === CACHED_ORIGINS_MAX) byOrigin.clear();
    if (ORIGIN.test(origin)) byOrigin.set(origin, init);
    return init;
  };

  function initFor(origin: string | null): ResponseInit {
    const headers = { ...eventHeaders(origin), "Content-Type": "application/json" };
    return { status, headers: new Headers(headers) };
  }
}

function allowedOrigin(origin: string | null): Readonly<Record<string, string>> {
  if (origin === OPAQUE_ORIGIN) return ANY_ORIGIN;
  if (origin === null || !ORIGIN.test(origin)) return {};
  return {
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Expose-Headers": "Retry-After",
  };
}
