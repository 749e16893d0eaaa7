import { QueueFlowError } from "../../errors.ts";
import { BATCH_BYTES_MAX, BATCH_NDJSON_BYTES_MAX } from "../../event/limits.ts";

/** Of four batches at their limits. */
export const HELD_BYTES_MAX = 4 * (BATCH_BYTES_MAX + BATCH_NDJSON_BYTES_MAX);

let heldBytes = 0;

/** The bytes of one batch that this thread holds until it has replied. */
export class HeldBytes implements Disposable {
  #bytes = 0;

  /** @throws QueueFlowError `ingest_overloaded` when all batches would hold more than `HELD_BYTES_MAX`. */
  set(bytes: number): void {
    const more = bytes - this.#bytes;
    if (heldBytes + more > HELD_BYTES_MAX) {
      const sentence = `Expected batches of at most ${HELD_BYTES_MAX} bytes at once, got more`;
      throw new QueueFlowError("ingest_overloaded", sentence);
    }
    heldBytes += more;
    this.#bytes = bytes;
  }

  [Symbol.dispose](): void {
    this.set(0);
  }
}
