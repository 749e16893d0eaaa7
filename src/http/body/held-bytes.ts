import { QueueFlowError } from "../../errors.ts";
import { BATCH_BYTES_MAX, BATCH_NDJSON_BYTES_MAX } from "../../event/limits.ts";

/** Of four batches at their limits. */
export const HELD_BYTES_MAX = 4 * (BATCH_BYTES_MAX + BATCH_NDJSON_BYTES_MAX);

let heldBytes = 0;
let lastReplacement: Promise<unknown> = Promise.resolve();

/** The bytes of one batch that this thread holds until it has replied. */
export class HeldBytes implements Disposable {
  #bytes = 0;
  #isReleased = false;

  /**
   * @throws QueueFlowError `ingest_overloaded` when all batches would hold more than `HELD_BYTES_MAX`; Error after the reply, which
   *   ends the reading of a body that came too slowly.
   */
  set(bytes: number): void {
    if (this.#isReleased) throw new Error("The request already has its reply");
    const more = bytes - this.#bytes;
    if (heldBytes + more > HELD_BYTES_MAX) {
      const sentence = `Expected batches of at most ${HELD_BYTES_MAX} bytes at once, got more`;
      throw new QueueFlowError("ingest_overloaded", sentence);
    }
    heldBytes += more;
    this.#bytes = bytes;
  }

  /**
   * Counts the bytes that `read` returns in place of those until now. One batch at a time, because they are not counted before.
   *
   * @throws any error of `read`; otherwise as `set`.
   */
  async replace(read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const reading = lastReplacement.then(read);
    lastReplacement = reading.catch(() => undefined);
    const bytes = await reading;
    this.set(bytes.length);
    return bytes;
  }

  [Symbol.dispose](): void {
    this.set(0);
    this.#isReleased = true;
  }
}
