import { requestTarget } from "./request-target.ts";

/** Takes the prefix off the URL of a request in place: its body and its connection stay its own. Others are left as they are. */
export function takeBasePath(request: Request, basePath: string): void {
  if (basePath === "" || !requestTarget(request).path.startsWith(`${basePath}/`)) return;
  const [origin = ""] = /^(?:[a-z]+:\/\/[^/?#]*)?/i.exec(request.url) ?? [];
  const value = origin + request.url.slice(origin.length + basePath.length);
  Object.defineProperty(request, "url", { value });
}

/** Returns the redirect of a browser to the page, whose relative links need the slash. Undefined for any other request. */
export function toBasePath(request: Request, basePath: string): Response | undefined {
  const { path, query } = requestTarget(request);
  if (basePath === "" || path !== basePath || !acceptsHtml(request)) return undefined;
  const Location = `${basePath}/${query === "" ? "" : `?${query}`}`;
  return new Response(null, { status: 308, headers: { Location, Vary: "Accept" } });
}

export function acceptsHtml({ headers, method }: Request): boolean {
  const isRead = method === "GET" || method === "HEAD";
  return isRead && /\btext\/html\b/i.test(headers.get("accept") ?? "");
}
