import { QueueFlowError } from "../../errors.ts";
import { describeValue } from "../../event/describe-value.ts";
import { isSecureRequest } from "./secure-request.ts";

/**
 * Lets only pages of the engine pass, since a browser sends a cookie whoever asks. Browsers leave out `Sec-Fetch-Site` by plain HTTP, and
 * `Host` may be another one behind a proxy, so that either is enough.
 *
 * @throws QueueFlowError `wrong_origin`.
 */
export function expectOwnOrigin(request: Request): void {
  if (isOwnOrigin(request)) return;
  const origin = describeValue(request.headers.get("origin") ?? undefined);
  const message = `Expected the Origin of this server's own pages, got ${origin}`;
  throw new QueueFlowError("wrong_origin", message);
}

function isOwnOrigin(request: Request): boolean {
  const { headers } = request;
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const origin = headers.get("origin");
  if (origin === null || !URL.canParse(origin)) return false;
  const { protocol, host } = new URL(origin);
  if (isSecureRequest(request) && protocol !== "https:") return false;
  return host === hostOf(headers, protocol);
}

/** Without the port that the scheme has by default, as in an origin. */
function hostOf(headers: Headers, protocol: string): string | undefined {
  const url = `${protocol}//${headers.get("host") ?? ""}`;
  return URL.canParse(url) ? new URL(url).host : undefined;
}
