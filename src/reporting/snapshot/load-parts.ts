import type { ChunkColumnName } from "../../event/text-columns.ts";
import type { PartRow } from "../../store/reports/snapshot-rows.ts";
import type { Interval } from "../query/report-query.ts";
import type { CachedChunk } from "./column-cache.ts";
import { type ChunkSource, loadChunks } from "./load-chunks.ts";
import { isEmpty, placesWithin } from "./places-within.ts";

interface WantedParts {
  readonly parts: readonly PartRow[];
  readonly columns: readonly ChunkColumnName[];
  /** Only the times are read of parts without events in it. */
  readonly within: Interval | undefined;
}

/** Returns the chunks of the parts, in their order. */
export async function loadParts(
  source: Omit<ChunkSource, "columns">,
  { parts, columns, within }: WantedParts,
): Promise<readonly CachedChunk[]> {
  if (within === undefined) return await loadChunks({ ...source, columns }, parts);
  const timed = await loadChunks({ ...source, columns: ["times"] }, parts);
  const read = parts.filter((part, i) => {
    const times = timed[i]?.columns.get("times")?.integers;
    // Damage is found when the day is checked.
    return times === undefined || !isEmpty(placesWithin(times, part.date, within));
  });
  const chunks = await loadChunks({ ...source, columns }, read);
  const byPart = new Map(read.map((part, i) => [part, chunks[i]]));
  return parts.flatMap((part, i) => byPart.get(part) ?? timed[i] ?? []);
}
