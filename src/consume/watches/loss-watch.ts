import { errorText } from "../../errors.ts";
import { checkStream } from "../../stream/inspect/check-stream.ts";
import { lostEntries } from "../../stream/inspect/lost-entries.ts";
import type { StreamState } from "../../stream/inspect/stream-state.ts";
import { type LossContext, LossRecorder } from "./loss-recorder.ts";
import type { SavedStream } from "./saved-stream.ts";

/** A check takes Redis 0.25 ms; every twentieth is thorough, at up to 80 ms. */
const CHECKS_PER_THOROUGH = 20;

/** Finds accepted events that left the stream before they were delivered. One process reports each loss. */
export class LossWatch {
  readonly #context: LossContext;
  readonly #saved: Pick<SavedStream, "countStored">;
  readonly #recorder: LossRecorder;
  #known: StreamState | undefined;
  #checks = 0;

  /** `known` is the stream as an earlier process knew it. */
  constructor(context: LossContext, saved: Pick<SavedStream, "countStored">, known?: StreamState) {
    this.#context = context;
    this.#saved = saved;
    this.#recorder = new LossRecorder(context);
    this.#known = known;
  }

  get known(): StreamState | undefined {
    return this.#known;
  }

  /** @throws QueueFlowError `stream_unavailable`. */
  async check(): Promise<void> {
    const { redis, key, log } = this.#context;
    const isThorough = this.#checks % CHECKS_PER_THOROUGH === 0;
    this.#checks += 1;
    const found = await checkStream(redis, key, { known: this.#known, isThorough });
    if (found === undefined) return;
    this.#known = found.now;
    if (found.wasExpiring) {
      log.warn({ stream: key.stream }, "The stream had an expiry, which was removed");
    }
    if (found.change === undefined) return;
    const { isReplaced, before } = found.change;
    const gone = lostEntries(found.change);
    if (gone === 0) return;
    const entries = isReplaced ? gone - (await this.#countStored(before)) : gone;
    if (entries > 0) {
      this.#recorder.record(isReplaced ? "stream replaced" : "deleted before delivery", entries);
    }
  }

  async flush(): Promise<void> {
    await this.#recorder.flush();
  }

  /** While PostgreSQL is away nothing is being stored, so 0 is right then. */
  async #countStored(state: StreamState): Promise<number> {
    try {
      return await this.#saved.countStored(state);
    } catch (error) {
      this.#context.log.debug({ error: errorText(error) }, "Stored events could not be counted");
      return 0;
    }
  }
}
