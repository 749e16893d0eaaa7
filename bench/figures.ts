import type { Figure } from "./bench.ts";
import { bytes } from "./figures/bytes.ts";
import { clients } from "./figures/clients.ts";
import { drain } from "./figures/drain.ts";
import { freshness } from "./figures/freshness.ts";
import { ingest } from "./figures/ingest.ts";
import { latency } from "./figures/latency.ts";
import { memory } from "./figures/memory.ts";
import { metrics } from "./figures/metrics.ts";
import { stats } from "./figures/stats.ts";
import { workers } from "./figures/workers.ts";

/** Figures by name, in the order of measurement. */
export const FIGURES: ReadonlyMap<string, Figure> = new Map([
  ["ingest", ingest],
  ["latency", latency],
  ["drain", drain],
  ["freshness", freshness],
  ["stats", stats],
  ["workers", workers],
  ["memory", memory],
  ["metrics", metrics],
  ["bytes", bytes],
  ["clients", clients],
]);
