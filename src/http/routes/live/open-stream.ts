import { addressSubject } from "../../../access/limits/subject.ts";
import type { AccessParts } from "../../access/identify.ts";
import type { LiveStreams } from "../../live/live-streams.ts";

const HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  // nginx and others would keep events until their buffer is full.
  "X-Accel-Buffering": "no",
};

/** The runtime rounds it up to 4 s. */
const LEFT_TIMEOUT_S = 1;

export interface StreamSources extends Pick<AccessParts, "addresses"> {
  readonly live: LiveStreams;
  /** Sets how long the connection of a request may be silent; 0 means for ever. */
  readonly setIdleTimeout: (request: Request, seconds: number) => void;
}

export interface StreamOptions {
  readonly siteId: string;
  readonly isPublic: boolean;
  /** Rejects once the request may no longer read: its key, or whatever else identifies its reader, may end. */
  readonly admit: () => Promise<unknown>;
}

/** Returns a response that lasts until its client leaves or may no longer read. Throws as `LiveStreams.open` does. */
export function openStream(
  request: Request,
  { siteId, isPublic, admit }: StreamOptions,
  { live, addresses, setIdleTimeout }: StreamSources,
): Response {
  // Answered like GET, but nobody would read it.
  if (request.method === "HEAD") return new Response(null, { headers: HEADERS });
  const { hi, lo } = addressSubject(addresses.senderOf(request));
  const body = live.open(siteId, {
    client: `${hi} ${lo}`,
    isPublic,
    isAdmitted: async () => !request.signal.aborted && (await isFulfilled(admit())),
    // Or a client that does not read would keep its connection.
    onLeft: () => setIdleTimeout(request, LEFT_TIMEOUT_S),
  });
  setIdleTimeout(request, 0);
  return new Response(body, { headers: HEADERS });
}

async function isFulfilled(promise: Promise<unknown>): Promise<boolean> {
  try {
    await promise;
    return true;
  } catch {
    return false;
  }
}
