import { errorText } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import type { GroupKey } from "../../stream/consumer-group.ts";
import { isRefused } from "../../stream/redis/redis-call.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { beginTrial, endTrial, forgetTrials, type Trial } from "../../stream/trial-notes.ts";
import { isDefect } from "../defect.ts";

/** An entry whose trials ended this many threads is set aside without another. */
export const TRIAL_DEATHS_MAX = 3;

/**
 * A thread whose loop still turns after this long only waits for PostgreSQL, and the note is taken back, in
 * milliseconds: a process that is killed or stopped meanwhile was not ended by the entry.
 */
const TRIAL_MS_MAX = 1_000;

/**
 * Tells an entry that ends its thread from one that merely was delivered often. Before an entry is tried
 * alone, that is noted in Redis, and the note is taken back when the attempt ends, in an error too: only a
 * thread that dies in the attempt, or of a defect in it, leaves its note behind.
 */
export class Trials {
  readonly #redis: RedisConnection;
  readonly #key: GroupKey;
  readonly #log: Log;
  readonly #runId = crypto.randomUUID();
  #isRefused = false;

  constructor({ redis, key, log }: { redis: RedisConnection; key: GroupKey; log: Log }) {
    this.#redis = redis;
    this.#key = key;
    this.#log = log;
  }

  /**
   * Runs one attempt, which hears how many threads have died in one of this entry.
   *
   * @throws what the attempt throws; QueueFlowError `stream_unavailable` before it when it cannot be noted.
   */
  async attempt<Result>(
    entryId: string,
    work: (deaths: number) => Promise<Result>,
  ): Promise<Result> {
    const trial = { entryId, runId: this.#runId };
    const deaths = await this.#begin(trial);
    const end = async () => await this.#tidy(endTrial(this.#redis, this.#key, trial));
    const withdrawal = setTimeout(() => void end(), TRIAL_MS_MAX);
    try {
      const result = await work(deaths);
      await end();
      return result;
    } catch (error) {
      if (!isDefect(error)) await end();
      throw error;
    } finally {
      clearTimeout(withdrawal);
    }
  }

  /** Where notes are refused for good an entry is tried without: one that ends its thread is not found then. */
  async #begin(trial: Trial): Promise<number> {
    try {
      return await beginTrial(this.#redis, this.#key, trial);
    } catch (error) {
      if (!isRefused(error)) throw error;
      if (!this.#isRefused) {
        const sentence = "Redis refuses the notes that find an entry which ends its thread";
        this.#log.error({ error: errorText(error) }, sentence);
      }
      this.#isRefused = true;
      return 0;
    }
  }

  /** Forgets an entry once it is acknowledged. Until then its notes keep it from being tried again. */
  async forget(entryId: string): Promise<void> {
    await this.#tidy(forgetTrials(this.#redis, this.#key, entryId));
  }

  /** A note that stays because Redis is away is overwritten by the next trial of this run, or expires. */
  async #tidy(removal: Promise<void>): Promise<void> {
    try {
      await removal;
    } catch (error) {
      this.#log.debug({ error: errorText(error) }, "The note of a trial stays for now");
    }
  }
}
