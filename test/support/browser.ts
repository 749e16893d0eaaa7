import { type Answer, type Api, ask } from "./api-client.ts";

export const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36";

type Headers = Readonly<Record<string, string>>;

/** Sends an event as a page's `sendBeacon` does, by default from Chrome on Windows. */
export async function sendBeacon(
  api: Api,
  beacon: unknown,
  { path = "/collect", headers = {} }: { path?: string; headers?: Headers } = {},
): Promise<Answer> {
  return await ask(api, path, {
    method: "POST",
    headers: { "Content-Type": "text/plain;charset=UTF-8", "User-Agent": CHROME, ...headers },
    body: typeof beacon === "string" ? beacon : JSON.stringify(beacon),
  });
}
