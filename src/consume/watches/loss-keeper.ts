import type { Database } from "../../store/database.ts";
import { countReceived } from "../../store/inspect/count-received.ts";
import { insertLosses } from "../../store/inspect/insert-losses.ts";
import { readStreamState, saveStreamState } from "../../store/inspect/stream-states.ts";
import type { GroupKey } from "../../stream/consumer-group.ts";
import { forgetLosses, notedLosses } from "../../stream/inspect/loss-notes.ts";
import type { StreamState } from "../../stream/inspect/stream-state.ts";
import { epochMs, parseState } from "../../stream/inspect/stream-state.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { entryIdMs } from "../../stream/stream-entry.ts";

/** A stream is older than the first look at it by this much at most, in milliseconds. */
const FIRST_LOOK_MS_MAX = 1_000;

/** What a keeper works with. */
export interface LossKeeperOptions {
  readonly redis: RedisConnection;
  readonly database: Database;
  readonly key: GroupKey;
}

/** Keeps in PostgreSQL what Redis may forget: the losses, and what was last seen of the stream. */
export class LossKeeper {
  readonly #options: LossKeeperOptions;
  #saved = "";

  constructor(options: LossKeeperOptions) {
    this.#options = options;
  }

  /** What was last seen of the stream, by any process; undefined where nothing was. */
  async load(): Promise<StreamState | undefined> {
    const { database, key } = this.#options;
    const state = await readStreamState(database, key);
    return state === undefined ? undefined : parseState(state);
  }

  /** How many of the entries that were not delivered are stored all the same. */
  async countStored({ epoch, delivered, generated }: StreamState): Promise<number> {
    // Where nothing was delivered yet, entries may be as old as the stream.
    const fromMs = Math.max(entryIdMs(delivered), epochMs(epoch) - FIRST_LOOK_MS_MAX);
    return await countReceived(this.#options.database, { fromMs, toMs: entryIdMs(generated) });
  }

  /** Moves noted losses to PostgreSQL, and saves the state when it has changed. */
  async keep(state: StreamState | undefined): Promise<void> {
    await moveLosses(this.#options);
    if (state === undefined) return;
    const { database, key } = this.#options;
    const { at: _, windowAt: __, ...changing } = state;
    const changed = JSON.stringify(changing);
    if (changed === this.#saved) return;
    await saveStreamState(database, key, { epoch: state.epoch, state: JSON.stringify(state) });
    this.#saved = changed;
  }
}

/** Moves losses that are noted in Redis to PostgreSQL. */
async function moveLosses({ redis, database, key }: LossKeeperOptions): Promise<void> {
  const noted = await notedLosses(redis, key);
  if (noted.length === 0) return;
  await insertLosses(database, key, noted);
  await forgetLosses(redis, key, noted);
}
