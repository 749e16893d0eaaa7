import { swagger } from "@elysiajs/swagger";
import { Elysia } from "elysia";
import stylePath from "swagger-ui-dist/swagger-ui.css" with { type: "file" };
import bundlePath from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import packageJson from "../../../package.json" with { type: "json" };
import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import { pageHeaders } from "../security-headers.ts";

/** Loads everything from this server: a self-hosted engine must not need the internet. */
function swaggerPage(basePath: string) {
  const start = `SwaggerUIBundle({ url: "${basePath}/swagger/json", dom_id: "#swagger-ui" });`;
  const html = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>QueueFlow Engine API</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="${basePath}/swagger/swagger-ui.css">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="${basePath}/swagger/swagger-ui-bundle.js"></script>
  <script>${start}</script>
</body>
</html>
`;
  const hash = new Bun.CryptoHasher("sha256").update(start).digest("base64");
  const headers = pageHeaders(
    `script-src 'self' 'sha256-${hash}'; style-src 'self'; img-src 'self' data:; connect-src 'self'`,
  );
  return { html, headers };
}

const JSON_HEADERS = { headers: { "Content-Type": "application/json" } };

/** Replaces the plugin's page, which loads scripts from a CDN, by registering the same path after it. */
export function swaggerRoute(metrics: IngestMetrics, basePath: string) {
  const { html, headers } = swaggerPage(basePath);
  const hidden = { detail: { hide: true } };
  let description: string | undefined;
  return (
    new Elysia()
      .derive(() => ({ startedAtMs: performance.now() }))
      .onAfterHandle(({ path, startedAtMs }) => {
        const route = path === "/swagger/json" ? "/swagger/json" : "/swagger";
        metrics.answered(route, 200, startedAtMs);
      })
      // The plugin builds it for each request, which takes milliseconds.
      .onBeforeHandle(({ path }) => {
        if (path !== "/swagger/json" || description === undefined) return undefined;
        return new Response(description, JSON_HEADERS);
      })
      .onAfterHandle(({ path, response }) => {
        if (path !== "/swagger/json" || response instanceof Response) return undefined;
        description = JSON.stringify(response);
        return new Response(description, JSON_HEADERS);
      })
      .use(
        swagger({
          path: "/swagger",
          // Takes a path with a dot for a file.
          excludeStaticFile: false,
          documentation: {
            // The schema's `examples` are of 3.1; the plugin states 3.0.3.
            openapi: "3.1.1",
            ...(basePath !== "" && { servers: [{ url: basePath }] }),
            info: {
              title: "QueueFlow Engine",
              version: packageJson.version,
              description: "Send events, read exact daily numbers.",
            },
          },
        }),
      )
      .get("/swagger", () => new Response(html, { headers }), hidden)
      .get("/swagger/swagger-ui-bundle.js", fileAnswer(bundlePath), hidden)
      .get("/swagger/swagger-ui.css", fileAnswer(stylePath), hidden)
  );
}

/** Reads the file once: given a file that it cannot open, the runtime would send a bare 500. */
function fileAnswer(path: string): () => Promise<Response> {
  let content: Uint8Array<ArrayBuffer> | undefined;
  return async () => {
    const file = Bun.file(path);
    content ??= await file.bytes();
    return new Response(content, { headers: { "Content-Type": file.type } });
  };
}
