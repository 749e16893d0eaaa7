import type { Registry } from "prom-client";
import type { DropReason } from "../collect/drop-reason.ts";
import {
  type IngestCounts,
  type RefusalReason,
  registerIngestMetrics,
} from "./register-ingest-metrics.ts";
import type { Route } from "./routes.ts";

/** Instants are of `performance.now()`. */
export class IngestMetrics {
  readonly #counts: IngestCounts;

  constructor(registry: Registry) {
    this.#counts = registerIngestMetrics(registry);
  }

  answered(route: Route, status: number, startedAtMs: number): void {
    const counts = this.#counts.routes.get(route);
    if (counts === undefined) return;
    counts.statuses.set(status, (counts.statuses.get(status) ?? 0) + 1);
    counts.responseSeconds.observe((performance.now() - startedAtMs) / 1_000);
  }

  accepted(): void {
    this.#counts.accepted += 1;
  }

  /** Counts a refused event, or a request refused as a whole. */
  refused(reason: RefusalReason): void {
    const { refused } = this.#counts;
    refused.set(reason, (refused.get(reason) ?? 0) + 1);
  }

  dropped(reason: DropReason): void {
    const { dropped } = this.#counts;
    dropped.set(reason, (dropped.get(reason) ?? 0) + 1);
  }

  flushed(events: number, startedAtMs: number): void {
    this.#counts.flushEvents.observe(events);
    this.#counts.flushSeconds.observe((performance.now() - startedAtMs) / 1_000);
  }
}
