import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import packageJson from "../../package.json" with { type: "json" };
import { EVENT_FIELDS } from "../../src/event/event.ts";
import { ask, readStats, sendEvent } from "../support/api-client.ts";
import { BROWSER_START_MS_MAX, openBrowser } from "../support/chromium.ts";
import { checkAllStored, useEngine } from "../support/engine-servers.ts";

const TIMEOUT_MS = 120_000;

const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
const accepted = new Set<string>();

interface Media {
  readonly schema?: { readonly properties?: Record<string, Schema>; readonly required?: string[] };
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
}
interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Record<string, Media> };
  readonly responses: Record<
    string,
    {
      readonly description: string;
      readonly headers?: Record<string, unknown>;
      readonly content?: Record<string, Media>;
    }
  >;
}
interface Description {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Record<string, Record<string, Operation>>;
}

async function describedApi(): Promise<Description> {
  const { status, body } = await ask(file.engine, "/swagger/json");
  expect(status).toBe(200);
  return body as unknown as Description;
}

async function operation(path: string, method: string): Promise<Operation> {
  const described = (await describedApi()).paths[path]?.[method];
  if (described === undefined) throw new Error(`${method} ${path} is not described`);
  return described;
}

/** The examples of all fields of POST /event, as one body. */
function allExamples({ requestBody }: Operation): Record<string, unknown> {
  const properties = requestBody?.content["application/json"]?.schema?.properties ?? {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, { examples }]) => [name, examples?.[0]]),
  );
}

describe("GET /swagger/json", () => {
  test("describes every route and no other", async () => {
    const { body } = await ask(file.engine, "/no-such-path");
    const routes = String(body["message"]).match(/\/[a-z/.-]+/g) ?? [];
    expect(routes.length).toBeGreaterThanOrEqual(4);
    const { paths, info, openapi } = await describedApi();
    expect(Object.keys(paths).toSorted()).toEqual(
      routes.filter((path) => !/^\/(?:swagger|script\.js|share$|embed$)/.test(path)).toSorted(),
    );
    // Before 3.1, a schema has no `examples`.
    expect(openapi).toMatch(/^3\.1\./);
    expect(info.version).toBe(packageJson.version);
    const methods = Object.entries(paths).map(([path, of]) => `${Object.keys(of).join()} ${path}`);
    expect(methods).toContain("post /event");
    expect(methods).toContain("get /stats");
  });

  test("has a summary per route and an example per response", async () => {
    for (const [path, operations] of Object.entries((await describedApi()).paths)) {
      for (const { summary, tags, responses } of Object.values(operations)) {
        expect(summary).toBeString();
        expect(tags).toHaveLength(1);
        for (const [status, { description, content }] of Object.entries(responses)) {
          expect(description).not.toBe("");
          if (path === "/metrics" && status === "200") {
            expect(content?.["text/plain"]?.example).toStartWith("# HELP queueflow_");
            continue;
          }
          if (path === "/collect.gif") {
            expect(Object.keys(content ?? {})).toEqual(["image/gif"]);
            continue;
          }
          if (path === "/export" && status === "200") {
            expect(content?.["text/csv"]?.example).toStartWith("event_id,site_id,");
            continue;
          }
          if (path.endsWith("/live/stream") && status === "200") {
            expect(content?.["text/event-stream"]?.example).toStartWith("event: live\ndata: {");
            continue;
          }
          const media = content?.["application/json"];
          if (Number(status) < 400) {
            expect(media?.example).toBeObject();
            continue;
          }
          const codes = Object.entries(media?.examples ?? {});
          expect(codes.map(([code]) => code).join(" or ")).toBe(description);
          for (const [code, { value }] of codes) {
            expect(value).toMatchObject({
              error: code,
              message: expect.any(String),
              retryable: expect.any(Boolean),
            });
          }
        }
      }
    }
  });

  test("describes every status of a route", async () => {
    const statusesOf = async (path: string, method: string) =>
      Object.keys((await operation(path, method)).responses);
    expect(await statusesOf("/event", "post")).toEqual(
      expect.arrayContaining(["202", "400", "408", "413", "415", "422", "503"]),
    );
    expect(await statusesOf("/stats", "get")).toEqual(
      expect.arrayContaining(["200", "422", "503"]),
    );
    expect(await statusesOf("/health", "get")).toEqual(expect.arrayContaining(["200", "503"]));
    expect(await statusesOf("/health/ready", "get")).toEqual(
      expect.arrayContaining(["200", "503"]),
    );
  });

  test("describes an event whose examples are accepted", async () => {
    const described = await operation("/event", "post");
    const schema = described.requestBody?.content["application/json"]?.schema;
    // `url` may give the path.
    const required = ["site_id", "event_type", "user_id", "timestamp"];
    expect(schema?.required?.toSorted()).toEqual(required.toSorted());
    expect(Object.keys(schema?.properties ?? {}).toSorted()).toEqual(
      [...EVENT_FIELDS.map(({ name }) => name), "url"].toSorted(),
    );
    const answer = await sendEvent(file.engine, allExamples(described));
    expect(answer.status).toBe(202);
    accepted.add(String(answer.body["event_id"]));
    const example = described.responses["202"]?.content?.["application/json"]?.example as object;
    expect(Object.keys(example)).toEqual(Object.keys(answer.body));
  });

  test("describes parameters and headers of GET /stats", async () => {
    const { parameters, responses } = await operation("/stats", "get");
    expect(parameters?.map(({ name }) => name)).toEqual(["site_id", "date", "limit"]);
    const { body, headers } = await readStats(file.engine, { site_id: "example.com" });
    const described = responses["200"];
    const example = described?.content?.["application/json"]?.example as Record<string, unknown>;
    expect(Object.keys(example)).toEqual(Object.keys(body));
    for (const name of Object.keys(described?.headers ?? {})) expect(headers.has(name)).toBe(true);
    expect(Object.keys(described?.headers ?? {})).toHaveLength(2);
  });
});

describe("GET /swagger", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  }, BROWSER_START_MS_MAX);
  afterAll(async () => await browser?.close(), TIMEOUT_MS);

  test(
    "works in a browser without any other server",
    async () => {
      const page = await browser.newPage();
      page.setDefaultTimeout(TIMEOUT_MS);
      const asked: string[] = [];
      const problems: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error") problems.push(message.text());
      });
      const opened = await page.goto(`${file.engine.url}/swagger`);
      // A violation is an error on the console.
      expect(opened?.headers()["content-security-policy"]).toStartWith("default-src 'none'");
      await page.locator(".opblock").first().waitFor();
      const shown = await page.locator(".opblock-summary-path").allInnerTexts();
      // Zero-width spaces let long paths break.
      const paths = [...new Set(shown.map((text) => text.replaceAll("\u200b", "").trim()))];
      expect(paths.toSorted()).toEqual(Object.keys((await describedApi()).paths).toSorted());

      const post = page.locator(".opblock-post").filter({ hasText: /\/event(?!s)/ });
      await post.locator(".opblock-summary-control").click();
      await post.getByRole("button", { name: "Try it out" }).click();
      const answered = page.waitForResponse((response) => response.request().method() === "POST");
      await post.getByRole("button", { name: "Execute" }).click();
      const response = await answered;
      expect(response.status()).toBe(202);
      const { requestBody } = await operation("/event", "post");
      const example = requestBody?.content["application/json"]?.example;
      expect(example).toMatchObject({ site_id: "example.com", path: "/pricing" });
      expect(response.request().postDataJSON()).toEqual(example);
      accepted.add(((await response.json()) as { event_id: string }).event_id);
      const live = post.locator(".live-responses-table .response-col_status").nth(1);
      await live.waitFor();
      expect(await live.innerText()).toContain("202");

      expect(problems).toEqual([]);
      const elsewhere = asked.filter(
        (url) => !url.startsWith(`${file.engine.url}/`) && !/^(data|blob|about):/.test(url),
      );
      expect(elsewhere).toEqual([]);
      await page.close();
    },
    TIMEOUT_MS,
  );
});

test(
  "the events of the examples are stored",
  async () => {
    await checkAllStored(file.servers, { accepted, sent: accepted });
  },
  TIMEOUT_MS,
);
