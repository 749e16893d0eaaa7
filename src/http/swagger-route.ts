import { swagger } from "@elysiajs/swagger";
import { Elysia } from "elysia";
import stylePath from "swagger-ui-dist/swagger-ui.css" with { type: "file" };
import bundlePath from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import packageJson from "../../package.json" with { type: "json" };

/** Where the plugin's page would load its parts from; a self-hosted engine must not need the internet. */
const CDN = /https:\/\/unpkg\.com\/swagger-ui-dist@[^/"]+\//g;
const HTML = { headers: { "Content-Type": "text/html; charset=utf-8" } };

/** `GET /swagger`: the API's description as a page, its parts served from here, and as `/swagger/json`. */
export function swaggerRoute() {
  return new Elysia()
    .get("/swagger/swagger-ui-bundle.js", () => new Response(Bun.file(bundlePath)), hidden)
    .get("/swagger/swagger-ui.css", () => new Response(Bun.file(stylePath)), hidden)
    .use(
      swagger({
        provider: "swagger-ui",
        path: "/swagger",
        exclude: ["/swagger", "/swagger/json"],
        documentation: {
          info: {
            title: "QueueFlow Engine",
            version: packageJson.version,
            description: "Send events, read exact daily numbers.",
          },
        },
      }),
    )
    .mapResponse(async ({ path, response }) => {
      if (path !== "/swagger" || !(response instanceof Response)) return undefined;
      return new Response((await response.text()).replace(CDN, "/swagger/"), HTML);
    });
}

const hidden = { detail: { hide: true } };
