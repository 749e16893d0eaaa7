import type { QueueFlowError } from "../../errors.ts";
import { errorBody } from "../../protocols/error-body.ts";

/** Before a client connects again. */
const RETRY_MS = 2_000;

const encoder = new TextEncoder();

/** What a stream begins with, so that the client knows at once that it is open. */
export const FIRST_FRAME: Uint8Array = encoder.encode(`retry: ${RETRY_MS}\n\n`);
/** Shows proxies and clients that the connection is alive. */
export const COMMENT_FRAME: Uint8Array = encoder.encode(":\n\n");

/** An event of a stream. */
export interface LiveFrame {
  readonly bytes: Uint8Array;
  /** Two events with the same one tell a client the same. */
  readonly identity: string;
  /** Whether it concerns the streams of all sites. */
  readonly isShared: boolean;
}

/** `body` is the answer of `/live`. Its freshness alone is no change. */
export function liveFrame(body: string): LiveFrame {
  const { as_of: _, pending: __, lag_ms: ___, ...numbers } = JSON.parse(body);
  return { bytes: eventBytes("live", body), identity: JSON.stringify(numbers), isShared: false };
}

export function unavailableFrame(error: QueueFlowError): LiveFrame {
  const body = JSON.stringify(errorBody(error));
  const isShared = error.status === 503;
  return { bytes: eventBytes("unavailable", body), identity: error.code, isShared };
}

function eventBytes(name: string, data: string): Uint8Array {
  return encoder.encode(`event: ${name}\ndata: ${data}\n\n`);
}
