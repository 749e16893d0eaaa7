import { InvalidArgumentError } from "commander";

/** Returns the URL with a slash at its end, so that paths can follow. */
export function parseBase(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search + url.hash !== "") {
    throw new InvalidArgumentError("Expected a URL such as https://stats.example.com.");
  }
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}
