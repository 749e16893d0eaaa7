import type { Metric } from "../../query/report-query.ts";
import type { MetricValue } from "../folded-report.ts";
import type { VisitorCount } from "../metrics/visitor-count.ts";
import type { Pace } from "../pace.ts";
import type { EventStream } from "./event-stream.ts";

/** @param row -1 for one in which nothing counts. @param idsOf returns the ids of its dimensions. */
export type ValueOfRow = (row: number, idsOf: () => readonly number[]) => MetricValue;

/** Metrics in the making: what folds events, what completes the sums, and what reads them. */
export class Side {
  readonly streams: EventStream[] = [];
  readonly finishers: { finish(pace: Pace): Promise<void> }[] = [];
  readonly values = new Map<Metric, ValueOfRow>();
  /** The widest count of visitors that a metric is made of. */
  readonly visitorsOf = new Map<Metric, VisitorCount>();

  finishing<Finisher extends { finish(pace: Pace): Promise<void> }>(finisher: Finisher): Finisher {
    this.finishers.push(finisher);
    return finisher;
  }
}
