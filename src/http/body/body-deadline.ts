import { QueueFlowError } from "../../errors.ts";

/** How long a body may take to arrive after its headers, in milliseconds. */
const BODY_DEADLINE_MS = 8_000;
/** How much later than its deadline a body may be found overdue, in milliseconds. */
const SWEEP_INTERVAL_MS = 500;
/** All bodies that are arriving in a thread, each counted with its declared or largest possible length. */
export const ARRIVING_BYTES_MAX = 32 * 1_024 * 1_024;

/** A body that has not arrived whole. */
interface AwaitedBody {
  readonly bytesMax: number;
  readonly overdueAtMs: number;
  readonly settle: PromiseWithResolvers<Uint8Array>;
  /** Whether the last sweep found it overdue. */
  isOverdue: boolean;
}

/** Oldest first, which is the order of their deadlines. */
const awaited = new Set<AwaitedBody>();
let awaitedBytes = 0;
let sweep: Timer | undefined;

/**
 * Resolves with the result of `reading`, a body of at most `bytesMax` bytes. One sweep over all bodies is cheaper than a timer
 * for each, since almost every body arrives within one turn of the loop.
 *
 * Beyond `ARRIVING_BYTES_MAX` in all, the oldest body fails: a healthy client would have finished it first.
 *
 * @throws QueueFlowError `slow_body` when the deadline passes or the connection ends before the body is whole;
 *   `too_many_bodies`; any QueueFlowError of `reading`.
 */
export function beforeDeadline(
  reading: Promise<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array> {
  const body: AwaitedBody = {
    bytesMax,
    overdueAtMs: performance.now() + BODY_DEADLINE_MS,
    settle: Promise.withResolvers<Uint8Array>(),
    isOverdue: false,
  };
  awaited.add(body);
  awaitedBytes += bytesMax;
  if (awaitedBytes > ARRIVING_BYTES_MAX) endOldest();
  sweep ??= setInterval(endOverdue, SWEEP_INTERVAL_MS);
  reading.then(
    (bytes) => finish(body, bytes),
    (error: unknown) => fail(body, partialBody(error)),
  );
  return body.settle.promise;
}

function finish(body: AwaitedBody, bytes: Uint8Array): void {
  forget(body);
  body.settle.resolve(bytes);
}

function fail(body: AwaitedBody, error: QueueFlowError): void {
  forget(body);
  body.settle.reject(error);
}

function forget(body: AwaitedBody): void {
  if (awaited.delete(body)) awaitedBytes -= body.bytesMax;
}

function endOldest(): void {
  for (const body of awaited) {
    if (awaitedBytes <= ARRIVING_BYTES_MAX) return;
    const sentence = `Expected at most ${ARRIVING_BYTES_MAX} bytes of bodies at once, got more, of which this one began first`;
    fail(body, new QueueFlowError("too_many_bodies", sentence));
  }
}

/** Fails a body at the second sweep that finds it overdue: before the first, a late loop may have left it in its socket. */
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
