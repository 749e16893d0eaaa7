import type { Checkout } from "./against/checkout.ts";
import { drainAgainst } from "./against/drain.ts";
import { ingestAgainst } from "./against/ingest.ts";
import type { Comparison, Figure } from "./bench.ts";
import { batch } from "./figures/batch.ts";
import { bytes } from "./figures/bytes.ts";
import { chunks } from "./figures/chunks.ts";
import { clients } from "./figures/clients.ts";
import { collect } from "./figures/collect.ts";
import { dashboard } from "./figures/dashboard.ts";
import { drain } from "./figures/drain.ts";
import { firstPaint } from "./figures/first-paint.ts";
import { freshness } from "./figures/freshness.ts";
import { ingest } from "./figures/ingest.ts";
import { latency } from "./figures/latency.ts";
import { limits } from "./figures/limits.ts";
import { memory } from "./figures/memory.ts";
import { metrics } from "./figures/metrics.ts";
import { packing } from "./figures/packing.ts";
import { readers } from "./figures/readers.ts";
import { reports, yearlyReports } from "./figures/reports.ts";
import { shards } from "./figures/shards.ts";
import { stats } from "./figures/stats.ts";
import { workers } from "./figures/workers.ts";

/** Figures by name, in the order of measurement. */
export const FIGURES: ReadonlyMap<string, Figure> = new Map([
  ["ingest", ingest],
  ["batch", batch],
  ["latency", latency],
  ["drain", drain],
  ["freshness", freshness],
  ["stats", stats],
  ["reports", reports],
  ["yearly-reports", yearlyReports],
  ["dashboard", dashboard],
  ["readers", readers],
  ["packing", packing],
  ["workers", workers],
  ["shards", shards],
  ["memory", memory],
  ["metrics", metrics],
  ["bytes", bytes],
  ["clients", clients],
  ["limits", limits],
  ["collect", collect],
  ["chunks", chunks],
  ["first-paint", firstPaint],
]);

/** What `--against` measures, in the same order. */
export const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ["ingest", ingestAgainst],
  ["drain", drainAgainst],
]);

/** Returns the figures whose only baseline is the engine of the other checkout. */
export function figuresAgainst(other: Checkout): ReadonlyMap<string, Figure> {
  const figures = new Map<string, Figure>();
  for (const [name, compare] of COMPARISONS) {
    figures.set(name, async (bench) => await compare(bench, other));
  }
  return figures;
}
