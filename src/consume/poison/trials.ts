import { errorText } from "../../errors.ts";
import { Condition } from "../../log/condition.ts";
import type { BatchOutcome } from "../../metrics/storing-metrics.ts";
import { isRefused } from "../../stream/redis/redis-call.ts";
import { beginTrial, endTrial, forgetTrials } from "../../stream/trial-notes.ts";
import { isDefect } from "../failure.ts";
import { type Batch, storeBatch } from "../store-batch.ts";
import type { StoringContext } from "../storing-context.ts";
import { dryRun } from "./dry-run.ts";

/** Then an entry is set aside untried. */
export const CRASHES_MAX = 3;

/** A thread that still runs then only waits for PostgreSQL, and a kill is not blamed on the entry. */
const TRIAL_MS_MAX = 1_000;

/** Finds entries that crash their thread: a note in Redis says which one is tried alone, and only a crash leaves it behind. */
export class Trials {
  readonly #context: Pick<StoringContext, "redis" | "database" | "key" | "log">;
  readonly #runId = crypto.randomUUID();
  readonly #refusal: Condition;

  constructor(context: Pick<StoringContext, "redis" | "database" | "key" | "log">) {
    this.#context = context;
    this.#refusal = new Condition(context.log, "Redis takes the notes of trials again");
  }

  /**
   * Stores a batch of one entry, or sets it aside. A dry run first causes the crash that any entry would cause.
   *
   * @throws what `storeBatch` throws; `stream_unavailable` when the trial cannot be noted.
   */
  async store(entryId: string, batch: Batch): Promise<BatchOutcome> {
    const { database } = this.#context;
    await dryRun(database);
    return await this.#attempt(entryId, async (crashes) => {
      if (crashes < CRASHES_MAX) return await storeBatch(database, batch);
      const reason = `Its processing ended the thread ${crashes} times`;
      const refused = new Map([[entryId, reason]]);
      const outcome = await storeBatch(database, { ...batch, refused });
      return { ...outcome, poison: outcome.dead };
    });
  }

  async forget(entryId: string): Promise<void> {
    const { redis, key } = this.#context;
    await this.#withdraw(forgetTrials(redis, key, entryId));
  }

  async #attempt<Result>(
    entryId: string,
    work: (crashes: number) => Promise<Result>,
  ): Promise<Result> {
    const { redis, key } = this.#context;
    const trial = { entryId, runId: this.#runId };
    const crashes = await this.#begin(trial);
    const end = async () => await this.#withdraw(endTrial(redis, key, trial));
    const timer = setTimeout(() => void end(), TRIAL_MS_MAX);
    try {
      const result = await work(crashes);
      await end();
      return result;
    } catch (error) {
      if (!isDefect(error)) await end();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Where Redis refuses notes, entries are tried without. */
  async #begin(trial: Parameters<typeof beginTrial>[2]): Promise<number> {
    const { redis, key } = this.#context;
    try {
      const crashes = await beginTrial(redis, key, trial);
      this.#refusal.recover();
      return crashes;
    } catch (error) {
      if (!isRefused(error)) throw error;
      const message = "Redis refuses the notes that find an entry which ends its thread";
      this.#refusal.fail({ level: "error", message, fields: { error: errorText(error) } });
      return 0;
    }
  }

  /** A note that stays is overwritten by this thread's next trial, or expires. */
  async #withdraw(removal: Promise<void>): Promise<void> {
    try {
      await removal;
    } catch (error) {
      this.#context.log.debug({ error: errorText(error) }, "Trial note not removed yet");
    }
  }
}
