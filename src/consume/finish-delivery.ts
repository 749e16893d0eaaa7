import type { Stopwatch } from "../async/stopwatch.ts";
import { REPLACEMENT_CHARACTER } from "../event/text-field.ts";
import { acknowledge } from "../stream/consumer-group.ts";
import { findBrokenText } from "../stream/find-broken-text.ts";
import type { DeliveredEntries, StreamEntry } from "../stream/stream-entry.ts";
import { Claim, type KnownForget } from "./claim.ts";
import { Trials } from "./poison/trials.ts";
import { raiseFloors } from "./raise-floors.ts";
import { storeBatch } from "./store-batch.ts";
import { BatchStorer, type StoredPart, type Work } from "./store-until-done.ts";
import type { StoringContext } from "./storing-context.ts";
import { LossRecorder } from "./watches/loss-recorder.ts";

const ONCE_EACH: ReadonlyMap<string, number> = new Map();
const NONE_REFUSED: ReadonlyMap<string, string> = new Map();
/** Between two checks of a day's floor, about as many paths rise above it. */
const ENTRIES_PER_FLOOR_CHECK = 2_000;

export interface Delivery extends DeliveredEntries {
  /** Started before Redis was asked for the entries. */
  readonly since: Stopwatch;
  /** How often each entry was delivered, by id, where known; otherwise once. */
  readonly deliveries?: ReadonlyMap<string, number>;
}

/** Stores delivered entries and acknowledges them after COMMIT. */
export class DeliveryFinisher implements AsyncDisposable {
  readonly #context: StoringContext;
  readonly #storer: BatchStorer;
  readonly #trials: Trials;
  readonly #losses: LossRecorder;
  readonly #knownForget: KnownForget = { at: undefined };

  constructor(context: StoringContext) {
    this.#context = context;
    this.#storer = new BatchStorer(context);
    this.#trials = new Trials(context);
    this.#losses = new LossRecorder(context);
  }

  /**
   * Resolves when the entries are stored and acknowledged, or when `signal` has aborted and the rest stays pending.
   *
   * @throws `stream_unavailable` when the acknowledgement failed: the entries will be delivered again. Defects of this program.
   */
  async finish(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const { entries, missingIds, since, deliveries = ONCE_EACH } = delivery;
    const { database, metrics } = this.#context;
    const startedAtMs = performance.now();
    await this.#acknowledgeMissing(missingIds);
    if (entries.length === 0) return;
    const refused = await this.#findRefused(entries);
    const claim = new Claim(this.#context, entries, { since, knownForget: this.#knownForget });
    const trialId = trialIdOf(entries, deliveries);
    const store: Work["store"] = async (batch) =>
      trialId === undefined
        ? await storeBatch(database, batch)
        : await this.#trials.store(trialId, batch);
    const work: Work = { deliveries, refused, claim, store, signal };
    for (let rest = entries; rest.length > 0; ) {
      const part = await this.#storer.storeUntilDone(rest, work);
      if (part === undefined) return;
      await this.#acknowledge(part);
      claim.release(part.ids);
      rest = rest.slice(part.ids.length);
      if (signal.aborted && rest.length > 0) return;
    }
    metrics.acknowledged(performance.now() - startedAtMs);
    if (trialId !== undefined) await this.#trials.forget(trialId);
    const sample = sampleOf(entries);
    if (sample.length > 0) await raiseFloors(sample, this.#context);
  }

  /** Reports the losses that still wait. The next start would not find them: their entries are acknowledged. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#losses.flush();
  }

  async #acknowledgeMissing(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    this.#losses.record("deleted before they were stored", ids.length);
    await acknowledge(this.#context.redis, this.#context.key, ids);
  }

  async #findRefused(entries: readonly StreamEntry[]): Promise<ReadonlyMap<string, string>> {
    const { redis, key } = this.#context;
    const suspects = entries.filter(({ flatFields }) =>
      flatFields.some((text) => text.includes(REPLACEMENT_CHARACTER)),
    );
    if (suspects.length === 0) return NONE_REFUSED;
    return await findBrokenText(redis, key.stream, suspects);
  }

  async #acknowledge({ ids, outcome }: StoredPart): Promise<void> {
    const { redis, key, log } = this.#context;
    const own = ids.filter((id) => !outcome.lost.has(id));
    const acknowledged = await acknowledge(redis, key, own);
    log.debug({ entries: own.length, acknowledged }, "XACK done");
    if (acknowledged === own.length) return;
    log.warn(
      { entries: own.length, notPending: own.length - acknowledged },
      "Stored entries were no longer pending: another consumer finished them too, or the group is gone",
    );
  }
}

/** Returns the entry that may have crashed a thread: it is delivered again, and alone. */
function trialIdOf(
  entries: readonly StreamEntry[],
  deliveries: ReadonlyMap<string, number>,
): string | undefined {
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) return undefined;
  return (deliveries.get(entry.id) ?? 1) > 1 ? entry.id : undefined;
}

function sampleOf(entries: readonly StreamEntry[]): readonly StreamEntry[] {
  const first = Math.floor(Math.random() * ENTRIES_PER_FLOOR_CHECK);
  return entries.filter((_, i) => i % ENTRIES_PER_FLOOR_CHECK === first);
}
