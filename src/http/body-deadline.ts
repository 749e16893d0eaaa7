import { QueueFlowError } from "../errors.ts";
import { BODY_DEADLINE_MS } from "../event/limits.ts";

/** How much later than its deadline a body may be found overdue, in milliseconds. */
const SWEEP_INTERVAL_MS = 500;

/** A body that has not arrived whole. */
interface AwaitedBody {
  readonly overdueAtMs: number;
  readonly settle: PromiseWithResolvers<Uint8Array>;
}

/** In the order in which they began, which is that of their deadlines. */
const awaited = new Set<AwaitedBody>();
let sweep: Timer | undefined;

/**
 * Resolves with what `reading` does. Almost every body is whole within the same turn of the loop, so a timer each would
 * cost more than reading it: one sweep looks after all.
 *
 * @throws QueueFlowError `slow_body` when the deadline passes, or the connection ends, before the body is whole; what
 *   `reading` says of it, when that is a QueueFlowError.
 */
export function beforeDeadline(reading: Promise<Uint8Array>): Promise<Uint8Array> {
  const settle = Promise.withResolvers<Uint8Array>();
  const body = { overdueAtMs: performance.now() + BODY_DEADLINE_MS, settle };
  awaited.add(body);
  sweep ??= setInterval(endOverdue, SWEEP_INTERVAL_MS);
  reading.then(
    (bytes) => arrived(body, bytes),
    (error: unknown) => failed(body, whyNotWhole(error)),
  );
  return settle.promise;
}

function arrived(body: AwaitedBody, bytes: Uint8Array): void {
  awaited.delete(body);
  body.settle.resolve(bytes);
}

function failed(body: AwaitedBody, error: QueueFlowError): void {
  awaited.delete(body);
  body.settle.reject(error);
}

function endOverdue(): void {
  const nowMs = performance.now();
  for (const body of awaited) {
    if (body.overdueAtMs > nowMs) return;
    const sentence = `Expected the whole body within ${BODY_DEADLINE_MS} ms, got a part of it`;
    failed(body, new QueueFlowError("slow_body", sentence));
  }
  clearInterval(sweep);
  sweep = undefined;
}

function whyNotWhole(error: unknown): QueueFlowError {
  if (error instanceof QueueFlowError) return error;
  const sentence = "Expected the whole body, got a part of it and the end of the connection";
  return new QueueFlowError("slow_body", sentence, { cause: error });
}
