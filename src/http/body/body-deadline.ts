import { QueueFlowError } from "../../errors.ts";
import { ARRIVING_BYTES_MAX, BODY_DEADLINE_MS } from "../../event/limits.ts";

/** How much later than its deadline a body may be found overdue, in milliseconds. */
const SWEEP_INTERVAL_MS = 500;

/** A body that has not arrived whole. */
interface AwaitedBody {
  readonly bytesMax: number;
  readonly overdueAtMs: number;
  readonly settle: PromiseWithResolvers<Uint8Array>;
  /** Whether the last sweep found it overdue. */
  isOverdue: boolean;
}

/** In the order in which they began, which is that of their deadlines. */
const awaited = new Set<AwaitedBody>();
let awaitedBytes = 0;
let sweep: Timer | undefined;

/**
 * Resolves with the result of `reading`, a body of at most `bytesMax` bytes. Almost every body is whole within one turn of
 * the loop, so one sweep over all bodies is cheaper than a timer for each.
 *
 * Beyond `ARRIVING_BYTES_MAX` in all, the oldest body fails: a sound client has long finished its own by then.
 *
 * @throws QueueFlowError `slow_body` when the deadline passes, or the connection ends, before the body is whole;
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
    (bytes) => arrived(body, bytes),
    (error: unknown) => failed(body, whyNotWhole(error)),
  );
  return body.settle.promise;
}

function arrived(body: AwaitedBody, bytes: Uint8Array): void {
  forget(body);
  body.settle.resolve(bytes);
}

function failed(body: AwaitedBody, error: QueueFlowError): void {
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
    failed(body, new QueueFlowError("too_many_bodies", sentence));
  }
}

/** Ends a body only at the second sweep: at the first, the loop may have been late and the body be in its socket. */
function endOverdue(): void {
  const nowMs = performance.now();
  for (const body of awaited) {
    if (body.overdueAtMs > nowMs) return;
    if (body.isOverdue) {
      const sentence = `Expected the whole body within ${BODY_DEADLINE_MS} ms, got a part of it`;
      failed(body, new QueueFlowError("slow_body", sentence));
    }
    body.isOverdue = true;
  }
  if (awaited.size > 0) return;
  clearInterval(sweep);
  sweep = undefined;
}

function whyNotWhole(error: unknown): QueueFlowError {
  if (error instanceof QueueFlowError) return error;
  const sentence = "Expected the whole body, got a part of it and the end of the connection";
  return new QueueFlowError("slow_body", sentence, { cause: error });
}
