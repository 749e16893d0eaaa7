import { QueueFlowError } from "../../errors.ts";
import { describeValue } from "../../event/describe-value.ts";
import { isSecureRequest } from "./secure-request.ts";

const WEB = ["http:", "https:"];
const FORWARDED_HOST = /(?:^|[;,])\s*host=(?:"([^"]*)"|([^;,]*))/gi;

/**
 * Lets only pages of the engine pass, since a browser sends a cookie for any page: the `Origin` has to be that of the server, and
 * `Sec-Fetch-Site`, which browsers leave out by plain HTTP, has to agree.
 *
 * @throws QueueFlowError `wrong_origin`.
 */
export function expectOwnOrigin(request: Request): void {
  if (isOwnOrigin(request)) return;
  const origin = describeValue(request.headers.get("origin") ?? undefined);
  const message = `Expected the Origin of this server's own pages, got ${origin}. A proxy has to pass on Host, or send X-Forwarded-Host`;
  throw new QueueFlowError("wrong_origin", message);
}

function isOwnOrigin(request: Request): boolean {
  const { headers } = request;
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") return false;
  const text = headers.get("origin");
  if (text === null || !URL.canParse(text)) return false;
  const { origin, protocol, host } = new URL(text);
  // Browsers write nothing else: no path, user or upper case.
  if (text !== origin || !WEB.includes(protocol)) return false;
  return (
    isOwnScheme(request, protocol, site !== null) &&
    hostsOf(headers).some((own) => hostOf(own, protocol) === host)
  );
}

/** A proxy may keep to itself that it speaks HTTPS. Then a browser says whether the page is of the same scheme. */
function isOwnScheme(request: Request, protocol: string, isSaidByBrowser: boolean): boolean {
  if (protocol === "https:") return isSecureRequest(request) || isSaidByBrowser;
  return !isSecureRequest(request);
}

/** The names by which browsers reach the server. Pages of other sites cannot set these headers. */
function hostsOf(headers: Headers): readonly string[] {
  const forwarded = headers.get("forwarded") ?? "";
  return [
    headers.get("host") ?? "",
    ...(headers.get("x-forwarded-host") ?? "").split(","),
    ...Array.from(forwarded.matchAll(FORWARDED_HOST), ([, quoted, bare]) => quoted ?? bare ?? ""),
  ].map((host) => host.trim());
}

/** Without the port that the scheme has by default, as in an origin. */
function hostOf(host: string, protocol: string): string | undefined {
  const url = `${protocol}//${host}`;
  return URL.canParse(url) ? new URL(url).host : undefined;
}
