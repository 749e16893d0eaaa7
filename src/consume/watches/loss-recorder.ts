import { errorText } from "../../errors.ts";
import { noteLoss } from "../../stream/inspect/loss-notes.ts";
import type { StoringContext } from "../storing-context.ts";

const MESSAGES = {
  "stream replaced":
    "The stream was deleted or replaced by an older one before its entries were delivered: these events are lost",
  "deleted before delivery":
    "Entries were deleted from the stream before they were delivered: these events are lost",
  "deleted before they were stored": "Entries were deleted from the stream before they were stored",
} as const;

const REMEDY =
  "Find what deleted them, by the runbook's `Entries were deleted`; then run `queueflow losses acknowledge`";

/** Each report is a row of `losses`. */
const REPORT_INTERVAL_MS = 10_000;

export type LossCause = keyof typeof MESSAGES;

export type LossContext = Pick<StoringContext, "redis" | "key" | "log" | "metrics">;

/** Counts lost events, logs them, and notes them in Redis until an operator acknowledges them. */
export class LossRecorder {
  readonly #options: LossContext;
  /** By cause, while its interval lasts. */
  readonly #unreported = new Map<LossCause, number>();
  readonly #reports = new Set<Promise<void>>();

  constructor(options: LossContext) {
    this.#options = options;
  }

  /** Never throws. */
  record(cause: LossCause, entries: number): void {
    this.#options.metrics.missed(entries);
    const unreported = this.#unreported.get(cause);
    if (unreported === undefined) this.#report(cause, entries);
    else this.#unreported.set(cause, unreported + entries);
  }

  /** Reports at once what waits for its interval to end. */
  async flush(): Promise<void> {
    for (const [cause, entries] of this.#unreported) {
      this.#unreported.set(cause, 0);
      if (entries > 0) this.#begin(this.#log(cause, entries));
    }
    await Promise.all(this.#reports);
  }

  #report(cause: LossCause, entries: number): void {
    this.#begin(this.#log(cause, entries));
    this.#unreported.set(cause, 0);
    const timer = setTimeout(() => {
      const unreported = this.#unreported.get(cause) ?? 0;
      this.#unreported.delete(cause);
      if (unreported > 0) this.#report(cause, unreported);
    }, REPORT_INTERVAL_MS);
    timer.unref();
  }

  #begin(report: Promise<void>): void {
    this.#reports.add(report);
    void report.finally(() => this.#reports.delete(report));
  }

  async #log(cause: LossCause, entries: number): Promise<void> {
    const { redis, key, log } = this.#options;
    log.error({ entries, remedy: REMEDY }, MESSAGES[cause]);
    const loss = { id: Bun.randomUUIDv7(), foundAt: new Date().toISOString(), entries, cause };
    try {
      await noteLoss(redis, key, loss);
    } catch (error) {
      const fields = { error: errorText(error), entries };
      log.warn(fields, "A loss could not be noted in Redis; only this log has it");
    }
  }
}
