import { expect, test } from "bun:test";
import { buildDashboard } from "../../src/dashboard/build/build-dashboard.ts";
import { useEngine } from "../support/engine-servers.ts";

const TIMEOUT_MS = 120_000;
/** Of all that a browser loads before it shows numbers. */
const GZIPPED_BYTES_MAX = 90_000;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });

async function filesOfPage(): Promise<readonly string[]> {
  const page = await fetch(file.engine.url, { headers: { Accept: "text/html" } });
  const names = [...(await page.text()).matchAll(/"(dashboard\/[^"]+)"/g)];
  return names.map(([, name]) => `${file.engine.url}/${name}`);
}

test("the files of the dashboard fit its budget", async () => {
  const { script, style } = await buildDashboard();
  const sizes = [script, style].map(({ bodies }) => Buffer.from(bodies["gzip"] ?? "", "base64"));
  expect(sizes[0]?.length).toBeGreaterThan(0);
  expect(sizes.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(GZIPPED_BYTES_MAX);
});

test(
  "the files are compressed, kept for ever and not sent twice",
  async () => {
    const files = await filesOfPage();
    expect(files.map((url) => url.replace(/^.*\./, ""))).toEqual(["css", "js"]);
    for (const url of files) {
      const first = await fetch(url);
      expect(first.status).toBe(200);
      expect(first.headers.get("cache-control")).toContain("immutable");
      expect(first.headers.get("content-encoding")).toBe("br");
      const etag = first.headers.get("etag") ?? "";
      const again = await fetch(url, { headers: { "If-None-Match": etag } });
      expect([again.status, (await again.bytes()).length]).toEqual([304, 0]);
    }
  },
  TIMEOUT_MS,
);

test("the page itself is never kept, and a former file is a 404", async () => {
  const page = await fetch(file.engine.url, { headers: { Accept: "text/html" } });
  expect(page.headers.get("cache-control")).toBe("no-store");
  const former = await fetch(`${file.engine.url}/dashboard/dashboard.0000000000000000.js`);
  expect(former.status).toBe(404);
});
