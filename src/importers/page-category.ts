import type { LogRequest } from "./log-format.ts";

/** Requests that are no page view; the first that fits applies. */
export const OTHER_CATEGORIES = ["asset", "robot", "redirect", "error"] as const;

export type PageCategory = "page" | (typeof OTHER_CATEGORIES)[number];

const ASSET =
  /\.(?:css|js|mjs|map|wasm|png|jpe?g|gif|svgz?|webp|avif|apng|bmp|ico|cur|woff2?|ttf|otf|eot|mp[34]|m4[av]|webm|og[agv]|wav|webmanifest)$|\/(?:robots\.txt|ads\.txt|sitemap[\w-]*\.xml(?:\.gz)?)$/i;

/** Cubot makes phones. */
const ROBOT =
  /(?<!cu)bots?(?![a-z])|crawl|spider|slurp|externalhit|mediapartners|feedfetch|headless|lighthouse|scrapy|monitor|health|uptime|pingdom|kube-probe|^(?:curl|wget|java|php|ruby|perl|go-http-client)\b|python|libwww|httpclient|okhttp|axios|node-fetch|undici/i;

const NOT_MODIFIED = 304;

export function pageCategory({ path, agent, status }: LogRequest): PageCategory {
  if (ASSET.test(path ?? "")) return "asset";
  if (ROBOT.test(agent ?? "")) return "robot";
  if (status === undefined || status === NOT_MODIFIED) return "page";
  if (status >= 300 && status < 400) return "redirect";
  return status >= 200 && status < 300 ? "page" : "error";
}
