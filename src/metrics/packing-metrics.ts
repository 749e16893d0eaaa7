import { Counter, Histogram, type Registry } from "prom-client";
import { registerCollected } from "./collected.ts";

/** In seconds: from a few rows to a second's work. */
const PACK_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export interface PackingReadings {
  readonly unpackedEvents: () => number;
  readonly unpackedMs: () => number;
  readonly unsettledIds: () => number;
}

/** What the packer counts. */
export class PackingMetrics {
  readonly #registry: Registry;
  readonly #packed: Counter;
  readonly #seconds: Histogram;

  constructor(registry: Registry) {
    this.#registry = registry;
    const registers = [registry];
    this.#packed = new Counter({
      name: "queueflow_events_packed_total",
      help: "Stored events that were packed into day chunks.",
      registers,
    });
    this.#seconds = new Histogram({
      name: "queueflow_packing_duration_seconds",
      help: "A transaction that packed events of one site.",
      buckets: PACK_BOUNDS,
      registers,
    });
  }

  /** Registers what is read when metrics are collected. */
  watch({ unpackedEvents, unpackedMs, unsettledIds }: PackingReadings): void {
    const gauge = (name: string, help: string, read: () => number) =>
      registerCollected("gauge", this.#registry, { name, help, read: () => [[{}, read()]] });
    gauge("queueflow_unpacked_events", "Stored events that wait to be packed.", unpackedEvents);
    gauge(
      "queueflow_unpacked_seconds",
      "How long the packer has known the oldest event that waits to be packed.",
      () => unpackedMs() / 1_000,
    );
    gauge(
      "queueflow_unsettled_ids",
      "Ids of events drawn since the newest one below which no transaction can store any more.",
      unsettledIds,
    );
  }

  packed(rows: number, tookMs: number): void {
    this.#packed.inc(rows);
    this.#seconds.observe(tookMs / 1_000);
  }
}
