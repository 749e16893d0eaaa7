import { expect } from "bun:test";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Api {
  readonly url: string;
}

/** Requests a path. The response must be JSON, whatever its status. */
export async function ask({ url }: Api, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${url}${path}`, init);
  const text = await response.text();
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  return {
    status: response.status,
    headers: response.headers,
    body: JSON.parse(text) as Record<string, unknown>,
  };
}

/** Sends a body to `POST /event`: a string as it is, anything else as JSON. */
export async function sendEvent(api: Api, body: unknown): Promise<Answer> {
  return await ask(api, "/event", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** Requests a site's day from `GET /stats`. */
export async function readStats(
  api: Api,
  query: Readonly<Record<string, string>>,
  init: RequestInit = {},
): Promise<Answer> {
  return await ask(api, `/stats?${new URLSearchParams(query).toString()}`, init);
}
