import type { Api } from "./api-client.ts";

export interface LiveEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An open `/live/stream`. `using` leaves it. */
export interface LiveStream extends Disposable {
  readonly response: Response;
  /** So far, in their order. */
  readonly events: readonly LiveEvent[];
  /** Resolves when the engine has ended the stream. */
  readonly ended: Promise<void>;
}

type Headers = Readonly<Record<string, string>>;

export async function openLiveStream(
  api: Api,
  siteId: string,
  headers: Headers = {},
): Promise<LiveStream> {
  return await openStream(api, `/live/stream?site_id=${siteId}`, headers);
}

/** Opens a stream and reads it in the background. */
export async function openStream(
  { url }: Api,
  path: string,
  headers: Headers,
): Promise<LiveStream> {
  const leaving = new AbortController();
  const target = `${url}${path}`;
  const response = await fetch(target, { headers, signal: leaving.signal });
  const events: LiveEvent[] = [];
  const ended = readInto(events, response);
  ended.catch(() => undefined);
  return { response, events, ended, [Symbol.dispose]: () => leaving.abort() };
}

async function readInto(events: LiveEvent[], { body }: Response): Promise<void> {
  let text = "";
  for await (const part of (body ?? new Blob().stream()).pipeThrough(new TextDecoderStream())) {
    const blocks = (text + part).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, name, data] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? [];
      if (name !== undefined && data !== undefined) events.push({ name, data: JSON.parse(data) });
    }
  }
}
