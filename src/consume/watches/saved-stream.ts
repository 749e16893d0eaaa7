import { countReceived } from "../../store/inspect/count-received.ts";
import { insertLosses } from "../../store/inspect/losses.ts";
import { readStreamState, saveStreamState } from "../../store/inspect/stream-states.ts";
import { moveNotedLosses } from "../../stream/inspect/loss-notes.ts";
import { epochMs, parseState, type StreamState } from "../../stream/inspect/stream-state.ts";
import { entryIdMs } from "../../stream/stream-entry.ts";
import type { StoringContext } from "../storing-context.ts";

/** From the creation of a stream to its first check. */
const FIRST_CHECK_MS_MAX = 1_000;

/** Keeps in PostgreSQL what Redis may forget. */
export class SavedStream {
  readonly #options: Pick<StoringContext, "redis" | "database" | "key">;
  #saved = "";

  constructor(options: Pick<StoringContext, "redis" | "database" | "key">) {
    this.#options = options;
  }

  async load(): Promise<StreamState | undefined> {
    const { database, key } = this.#options;
    const state = await readStreamState(database, key);
    return state === undefined ? undefined : parseState(state);
  }

  /** Counts entries that a state had not delivered and that are stored all the same. */
  async countStored({ epoch, reached, generated }: StreamState): Promise<number> {
    // Where nothing was delivered yet, entries may be as old as the stream.
    const fromMs = Math.max(entryIdMs(reached), epochMs(epoch) - FIRST_CHECK_MS_MAX);
    return await countReceived(this.#options.database, { fromMs, toMs: entryIdMs(generated) });
  }

  /** Also moves losses from Redis to PostgreSQL. */
  async save(state: StreamState | undefined): Promise<void> {
    const { redis, database, key } = this.#options;
    await moveNotedLosses(redis, key, async (losses) => await insertLosses(database, key, losses));
    if (state === undefined) return;
    const { at: _, windowAt: __, ...changing } = state;
    const changed = JSON.stringify(changing);
    if (changed === this.#saved) return;
    await saveStreamState(database, key, { epoch: state.epoch, state: JSON.stringify(state) });
    this.#saved = changed;
  }
}
