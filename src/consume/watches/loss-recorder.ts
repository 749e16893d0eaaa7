import { errorText } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import type { StoringMetrics } from "../../metrics/storing-metrics.ts";
import type { GroupKey } from "../../stream/consumer-group.ts";
import { noteLoss } from "../../stream/inspect/loss-notes.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { Tally } from "./tally.ts";

/** How accepted events were lost, and what the log says. */
const SENTENCES = {
  "stream replaced":
    "The stream was deleted or replaced by an older one before its entries were delivered: these events are lost",
  "deleted before delivery":
    "Entries were deleted from the stream before they were delivered: these events are lost",
  "deleted before they were stored": "Entries were deleted from the stream before they were stored",
} as const;

const REMEDY =
  "Find what deleted them, by the runbook's `Entries were deleted`; then run `queueflow losses acknowledge`";

/** How accepted events were lost. */
export type LossCause = keyof typeof SENTENCES;

/** What a recorder works with. */
export interface LossRecorderOptions {
  readonly redis: RedisConnection;
  readonly key: GroupKey;
  readonly log: Log;
  readonly metrics: Pick<StoringMetrics, "missed">;
}

/** Counts accepted events that are lost, logs them as an error, and notes them until an operator acknowledges them. */
export class LossRecorder {
  readonly #options: LossRecorderOptions;
  readonly #tallies = new Map<LossCause, Tally>();
  /** Under way. */
  readonly #reports = new Set<Promise<void>>();

  constructor(options: LossRecorderOptions) {
    this.#options = options;
  }

  /** Records that at least `entries` entries are lost. Never throws. */
  record(cause: LossCause, entries: number): void {
    this.#options.metrics.missed(entries);
    let tally = this.#tallies.get(cause);
    if (tally === undefined) {
      tally = new Tally((sum) => this.#begin(this.#report(cause, sum)));
      this.#tallies.set(cause, tally);
    }
    tally.add(entries);
  }

  /** Reports what a tally holds back, before the thread ends. */
  async flush(): Promise<void> {
    for (const tally of this.#tallies.values()) tally.flush();
    await Promise.all(this.#reports);
  }

  #begin(report: Promise<void>): void {
    this.#reports.add(report);
    void report.finally(() => this.#reports.delete(report));
  }

  async #report(cause: LossCause, entries: number): Promise<void> {
    const { redis, key, log } = this.#options;
    log.error({ entries, remedy: REMEDY }, SENTENCES[cause]);
    const loss = { id: Bun.randomUUIDv7(), foundAt: new Date().toISOString(), entries, cause };
    try {
      await noteLoss(redis, key, loss);
    } catch (error) {
      log.warn(
        { error: errorText(error), entries },
        "A loss could not be noted: it is in this log alone",
      );
    }
  }
}
