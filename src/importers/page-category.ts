import type { LogRequest } from "./log-format.ts";

/** Requests that are no page view; the first that fits applies. */
export const OTHER_CATEGORIES = ["asset", "robot", "redirect", "error"] as const;

export type PageCategory = "page" | (typeof OTHER_CATEGORIES)[number];

/** Files that pages load, and files that only programs request. */
const ASSET =
  /\.(?:css|js|mjs|map|wasm|png|jpe?g|gif|svgz?|webp|avif|apng|bmp|ico|cur|woff2?|ttf|otf|eot|mp[34]|m4[av]|webm|og[agv]|wav|webmanifest)$|\/(?:robots\.txt|ads\.txt|sitemap[\w-]*\.xml(?:\.gz)?)$/i;

/** User agents of programs. Cubot makes phones. */
const ROBOT =
  /(?<!cu)bots?(?![a-z])|crawl|spider|slurp|externalhit|mediapartners|feedfetch|headless|lighthouse|scrapy|monitor|health|uptime|pingdom|kube-probe|^(?:curl|wget|java|php|ruby|perl|go-http-client)\b|python|libwww|httpclient|okhttp|axios|node-fetch|undici/i;

/** The response to a browser that has the page cached. */
const NOT_MODIFIED = 304;

/** Tells page views from requests for assets, by programs, and with other responses than a page. */
export function pageCategory({ path, agent, status }: LogRequest): PageCategory {
  if (ASSET.test(path ?? "")) return "asset";
  if (ROBOT.test(agent ?? "")) return "robot";
  if (status === undefined || status === NOT_MODIFIED) return "page";
  if (status >= 300 && status < 400) return "redirect";
  return status >= 200 && status < 300 ? "page" : "error";
}
