import { expect, test } from "bun:test";
import { type PageCategory, pageCategory } from "../../src/importers/page-category.ts";
import { USUAL } from "./request.ts";

const REQUESTS: readonly [category: PageCategory, path: string, agent: string, status: number][] = [
  ["page", "/", "Mozilla/5.0 (X11) Firefox/140.0", 200],
  ["page", "/index.html", "-", 200],
  ["page", "/feed.xml", "Mozilla/5.0", 200],
  ["page", "/about/robots", "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) Chrome/140.0", 304],
  ["page", "/styles.css/about", "Mozilla/5.0", 206],
  ["asset", "/app.js", "Mozilla/5.0", 200],
  ["asset", "/a/B.PNG", "Mozilla/5.0", 404],
  ["asset", "/robots.txt", "Googlebot/2.1", 200],
  ["asset", "/favicon.ico", "Mozilla/5.0", 304],
  ["robot", "/", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", 200],
  ["robot", "/", "Mozilla/5.0 (compatible; bingbot/2.0)", 200],
  ["robot", "/", "Mozilla/5.0 (compatible; Baiduspider/2.0)", 301],
  ["robot", "/", "curl/8.5.0", 200],
  ["robot", "/", "python-requests/2.32", 200],
  ["robot", "/", "ELB-HealthChecker/2.0", 200],
  ["redirect", "/old", "Mozilla/5.0", 301],
  ["redirect", "/old", "Mozilla/5.0", 308],
  ["error", "/missing", "Mozilla/5.0", 404],
  ["error", "/", "Mozilla/5.0", 503],
  ["error", "/", "Mozilla/5.0", 499],
  ["error", "/", "Mozilla/5.0", 0],
];

test.each([...REQUESTS])("%s: %s by %s with status %d", (category, path, agent, status) => {
  expect(pageCategory({ ...USUAL, path, agent, status })).toBe(category);
});

test("takes a request without agent and status for a page", () => {
  expect(pageCategory({ ...USUAL, agent: undefined, status: undefined })).toBe("page");
});
