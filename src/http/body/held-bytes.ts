import { QueueFlowError } from "../../errors.ts";
import { BATCH_BYTES_MAX, BATCH_NDJSON_BYTES_MAX } from "../../event/limits.ts";

/** Of four batches at their limits. */
export const HELD_BYTES_MAX = 4 * (BATCH_BYTES_MAX + BATCH_NDJSON_BYTES_MAX);

/** A body that takes longer to arrive has to make room for others. */
const PROMPT_MS = 1_000;

let heldBytes = 0;
/** Oldest first. */
const arriving = new Set<HeldBytes>();
let lastReplacement: Promise<unknown> = Promise.resolve();

/** The bytes of one batch that this thread holds until it has replied. */
export class HeldBytes implements Disposable {
  readonly #startedAtMs: number;
  #bytes = 0;
  #isReleased = false;
  #end: ((error: QueueFlowError) => void) | undefined;

  constructor(startedAtMs = performance.now()) {
    this.#startedAtMs = startedAtMs;
  }

  /**
   * @throws QueueFlowError `ingest_overloaded` when all batches would hold more than `HELD_BYTES_MAX`, even without those that arrive
   *   slowly; Error after the reply, which ends the reading of a body that came too slowly.
   */
  set(bytes: number): void {
    const more = bytes - this.#bytes;
    if (heldBytes + more > HELD_BYTES_MAX) endSlowest(heldBytes + more - HELD_BYTES_MAX);
    if (this.#isReleased) throw new Error("The request already has its reply");
    if (heldBytes + more > HELD_BYTES_MAX) {
      const sentence = `Expected batches of at most ${HELD_BYTES_MAX} bytes at once, got more`;
      throw new QueueFlowError("ingest_overloaded", sentence);
    }
    heldBytes += more;
    this.#bytes = bytes;
  }

  /** Resolves as `reading`. @throws QueueFlowError `too_many_bodies` when others need the room of a slow body. */
  async arrive<Read>(reading: Promise<Read>): Promise<Read> {
    const { promise: ended, reject } = Promise.withResolvers<never>();
    this.#end = reject;
    arriving.add(this);
    try {
      return await Promise.race([reading, ended]);
    } finally {
      arriving.delete(this);
    }
  }

  /** Returns the bytes that are free again: none of a body that has not taken long yet. */
  endIfSlow(): number {
    if (performance.now() - this.#startedAtMs < PROMPT_MS) return 0;
    const bytes = this.#bytes;
    const sentence = `Expected the whole body within ${PROMPT_MS} ms while batches hold ${HELD_BYTES_MAX} bytes, got a part of it`;
    this.#end?.(new QueueFlowError("too_many_bodies", sentence));
    this[Symbol.dispose]();
    return bytes;
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
    heldBytes -= this.#bytes;
    this.#bytes = 0;
    this.#isReleased = true;
    arriving.delete(this);
  }
}

function endSlowest(neededBytes: number): void {
  let freeBytes = 0;
  for (const held of arriving) {
    if (freeBytes >= neededBytes) return;
    freeBytes += held.endIfSlow();
  }
}
