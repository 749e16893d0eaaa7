import { errorText } from "../../errors.ts";
import { Condition } from "../../log/condition.ts";
import { isRefused } from "../../stream/redis/redis-call.ts";
import { beginTrial, endTrial, forgetTrials } from "../../stream/trial-notes.ts";
import { isDefect } from "../failure.ts";
import { type Batch, type BatchOutcome, storeBatch } from "../store-batch.ts";
import type { StoringContext } from "../storing-context.ts";
import { dryRun } from "./dry-run.ts";

/** An entry that has crashed this many threads is set aside untried. */
export const CRASHES_MAX = 3;

/**
 * A thread whose event loop still turns after this long only waits for PostgreSQL, in milliseconds. Its note is withdrawn, so
 * that a kill or a stop from then on is not blamed on the entry.
 */
const TRIAL_MS_MAX = 1_000;

/**
 * Tells an entry that crashes its thread from one that was merely delivered often: notes in Redis which entry is tried alone,
 * and withdraws the note when the attempt ends, also with an error. Only a crash leaves a note behind.
 */
export class Trials {
  readonly #context: Pick<StoringContext, "redis" | "database" | "key" | "log">;
  /** Identifies this thread's own note. */
  readonly #runId = crypto.randomUUID();
  readonly #refusal: Condition;

  constructor(context: Pick<StoringContext, "redis" | "database" | "key" | "log">) {
    this.#context = context;
    this.#refusal = new Condition(context.log, "Redis takes the notes of trials again");
  }

  /**
   * Stores a batch of one suspect entry, or sets it aside if it has crashed `CRASHES_MAX` threads. A dry run comes first: while
   * PostgreSQL is away no trial runs, and no entry is blamed for a crash that any other would cause.
   *
   * @throws what `storeBatch` throws; QueueFlowError `stream_unavailable` when the trial cannot be noted.
   */
  async store(suspectId: string, batch: Batch): Promise<BatchOutcome> {
    const { database } = this.#context;
    await dryRun(database);
    return await this.#attempt(suspectId, async (crashes) => {
      if (crashes < CRASHES_MAX) return await storeBatch(database, batch);
      const reason = `Its processing ended the thread ${crashes} times`;
      const refused = new Map([[suspectId, reason]]);
      const outcome = await storeBatch(database, { ...batch, refused });
      return { ...outcome, poison: outcome.dead };
    });
  }

  /** Forgets an acknowledged entry. Until then its notes keep it from being tried again. */
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

  /** Where Redis refuses notes, entries are tried without: one that crashes its thread is then not found. */
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

  /** A note that cannot be removed now is overwritten by this thread's next trial, or expires. */
  async #withdraw(removal: Promise<void>): Promise<void> {
    try {
      await removal;
    } catch (error) {
      this.#context.log.debug({ error: errorText(error) }, "Trial note not removed yet");
    }
  }
}
