import { QueueFlowError } from "../../errors.ts";

/** From the headers to the end of the body. */
const BODY_DEADLINE_MS = 8_000;
const SWEEP_INTERVAL_MS = 500;
/** Of all bodies arriving in a thread, by their declared or largest lengths. */
export const ARRIVING_BYTES_MAX = 32 * 1_024 * 1_024;

interface AwaitedBody {
  /** 0 when `HeldBytes` bounds it. */
  readonly bytesMax: number;
  readonly overdueAtMs: number;
  readonly reject: (error: QueueFlowError) => void;
  isOverdue: boolean;
}

/** Oldest first. */
const awaited = new Set<AwaitedBody>();
let awaitedBytes = 0;
let sweep: Timer | undefined;

/**
 * Resolves as `reading`, which holds at most `bytesMax` bytes of a body. One sweep is cheaper than a timer for each body.
 *
 * @throws QueueFlowError `slow_body` after the deadline and when the connection ends; `too_many_bodies` for the oldest beyond
 *   `ARRIVING_BYTES_MAX`; any QueueFlowError of `reading`.
 */
export function beforeDeadline<Read>(reading: Promise<Read>, bytesMax: number): Promise<Read> {
  const { promise, resolve, reject } = Promise.withResolvers<Read>();
  const body: AwaitedBody = {
    bytesMax,
    overdueAtMs: performance.now() + BODY_DEADLINE_MS,
    reject,
    isOverdue: false,
  };
  awaited.add(body);
  awaitedBytes += bytesMax;
  if (awaitedBytes > ARRIVING_BYTES_MAX) endOldest();
  sweep ??= setInterval(endOverdue, SWEEP_INTERVAL_MS);
  reading.then(finish, (error: unknown) => fail(body, partialBody(error)));
  return promise;

  function finish(read: Read): void {
    forget(body);
    resolve(read);
  }
}

function fail(body: AwaitedBody, error: QueueFlowError): void {
  forget(body);
  body.reject(error);
}

function forget(body: AwaitedBody): void {
  if (awaited.delete(body)) awaitedBytes -= body.bytesMax;
}

function endOldest(): void {
  for (const body of awaited) {
    if (awaitedBytes <= ARRIVING_BYTES_MAX) return;
    if (body.bytesMax === 0) continue;
    const sentence = `Expected at most ${ARRIVING_BYTES_MAX} bytes of bodies at once, got more, of which this one began first`;
    fail(body, new QueueFlowError("too_many_bodies", sentence));
  }
}

/** Fails a body only at the second sweep: at the first, a late loop may not have read its socket. */
function endOverdue(): void {
  const nowMs = performance.now();
  for (const body of awaited) {
    if (body.overdueAtMs > nowMs) return;
    if (body.isOverdue) {
      const sentence = `Expected the whole body within ${BODY_DEADLINE_MS} ms, got a part of it`;
      fail(body, new QueueFlowError("slow_body", sentence));
    }
    body.isOverdue = true;
  }
  if (awaited.size > 0) return;
  clearInterval(sweep);
  sweep = undefined;
}

function partialBody(error: unknown): QueueFlowError {
  if (error instanceof QueueFlowError) return error;
  const sentence = "Expected the whole body, got a part of it and the end of the connection";
  return new QueueFlowError("slow_body", sentence, { cause: error });
}
