import { requestStream } from "./request.ts";
import { SHARED } from "./shared.ts";

/** Of `/live/stream`. */
export interface Live {
  readonly site_id: string;
  readonly visitors: number;
  readonly window_s: number;
  readonly top_pages: readonly { readonly path: string; readonly visitors: number }[];
  /** The last is the current one. */
  readonly minutes: readonly LiveMinute[];
}

export interface LiveMinute {
  readonly minute: string;
  readonly visitors: number;
  readonly pageviews: number;
}

/**
 * Follows who visits a site now, and resolves when the engine ends the stream. Calls back with undefined while the engine does not know.
 * An `EventSource` could not send the token of a public link.
 *
 * @throws RequestFailure; the reason of `signal` when it aborts.
 */
export async function followLive(
  site: string,
  onLive: (live: Live | undefined) => void,
  signal: AbortSignal,
): Promise<void> {
  // A public link has one site.
  const query = SHARED === undefined ? `?${new URLSearchParams({ site_id: site })}` : "";
  for await (const { name, data } of eventsOf(await requestStream(`live/stream${query}`, signal))) {
    if (name === "live") onLive(JSON.parse(data) as Live);
    if (name === "unavailable") onLive(undefined);
  }
}

interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** As the engine writes them: each has a name and one line of data. */
async function* eventsOf({ body }: Response): AsyncGenerator<ServerEvent> {
  if (body === null) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let part = await reader.read();
  for (; !part.done; part = await reader.read()) {
    const blocks = (text + part.value).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, name, data] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? [];
      if (name !== undefined && data !== undefined) yield { name, data };
    }
  }
}
