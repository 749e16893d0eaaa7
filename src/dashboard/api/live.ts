import { RequestFailure, requestStream } from "./request.ts";
import { SHARED } from "./shared.ts";

/** Longer than the 15 s within which an engine that runs sends at least a comment. */
const SILENT_MS = 20_000;

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
 * @throws RequestFailure, also when the engine has been silent for too long; the reason of `signal` when it aborts.
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
  try {
    let part = await nextPart(reader);
    for (; !part.done; part = await nextPart(reader)) {
      const blocks = (text + part.value).split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const [, name, data] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? [];
        if (name !== undefined && data !== undefined) yield { name, data };
      }
    }
  } finally {
    // Closes the connection of a stream that has not ended.
    await reader.cancel().catch(() => undefined);
  }
}

/** @throws RequestFailure when the engine is silent for too long, as one that hangs: its connection stays open. */
async function nextPart(reader: ReadableStreamDefaultReader<string>) {
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new RequestFailure("lost", `Expected the engine to send something in ${SILENT_MS} ms`));
  }, SILENT_MS);
  try {
    return await Promise.race([reader.read(), silence]);
  } finally {
    clearTimeout(timer);
  }
}
