import { QueueFlowError } from "../../errors.ts";
import type { ChunkColumnName } from "../../event/text-columns.ts";
import type { ChunkColumnsQuery } from "../../store/reports/chunk-columns.ts";
import type { PartRow } from "../../store/reports/snapshot-rows.ts";
import { decodeColumn } from "../columns/decode-column.ts";
import { damagedColumn } from "../columns/sealed-column.ts";
import type { CachedChunk, ColumnCache } from "./column-cache.ts";

/** Of one statement: what takes about 5 ms to decode. */
const BATCH_EVENTS = 65_536;

export interface ChunkSource {
  readonly siteId: string;
  readonly columns: readonly ChunkColumnName[];
  readonly cache: ColumnCache;
  readonly counts: { cacheHits: number; cacheMisses: number };
  readonly read: (
    query: ChunkColumnsQuery,
  ) => Promise<readonly ((Uint8Array | null)[] | undefined)[]>;
  /** Lets other questions work. */
  readonly pause: () => Promise<void> | undefined;
}

interface WantedChunk {
  readonly part: PartRow;
  readonly chunk: CachedChunk;
}

/** Returns chunks with the columns of the source, each from the cache or else from one read that all questions share. */
export async function loadChunks(
  source: ChunkSource,
  parts: readonly PartRow[],
): Promise<readonly CachedChunk[]> {
  const wanted = parts.map((part) => ({ part, chunk: source.cache.chunk(keyOf(source, part)) }));
  for (const { chunk } of wanted) {
    const hits = source.columns.filter((name) => chunk.columns.has(name)).length;
    source.counts.cacheHits += hits;
    source.counts.cacheMisses += source.columns.length - hits;
  }
  // While one batch is decoded, PostgreSQL reads the next one.
  let previous = Promise.resolve();
  for (const batch of batchesOf(wanted)) {
    const loading = loadBatch(source, batch);
    loading.catch(() => undefined);
    await previous;
    previous = loading;
  }
  await previous;
  return wanted.map(({ chunk }) => chunk);
}

async function loadBatch(source: ChunkSource, batch: readonly WantedChunk[]): Promise<void> {
  for (;;) {
    const missing = batch.map(({ part, chunk }) => ({
      part,
      chunk,
      names: source.columns.filter((name) => isMissing(chunk, name)),
    }));
    const reads = [...Map.groupBy(missing, ({ names }) => names.join())].flatMap(
      ([names, chunks]) => (names === "" ? [] : [readColumns(source, chunks)]),
    );
    const others = batch.flatMap(({ chunk }) => [...new Set(chunk.reading.values())]);
    await Promise.all(reads);
    // A read of another question may have failed for a reason of its own: then it is repeated here.
    const outcomes = await Promise.allSettled(others);
    if (outcomes.every(({ status }) => status === "fulfilled")) return;
  }
}

function isMissing(chunk: CachedChunk, name: ChunkColumnName): boolean {
  return !chunk.columns.has(name) && !chunk.damaged.has(name) && !chunk.reading.has(name);
}

/** Reads the same columns of some chunks. */
async function readColumns(
  source: ChunkSource,
  wanted: readonly (WantedChunk & { readonly names: readonly ChunkColumnName[] })[],
): Promise<void> {
  const columns = wanted[0]?.names ?? [];
  const parts = wanted.map(({ part }) => part);
  const reading = (async () => {
    const rows = await source.read({ siteId: source.siteId, parts, columns });
    for (const [i, { part, chunk }] of wanted.entries()) {
      for (const [at, name] of columns.entries()) {
        addColumn(source, { part, chunk }, name, rows[i]?.[at]);
        await source.pause();
      }
    }
  })();
  for (const { chunk } of wanted) for (const name of columns) chunk.reading.set(name, reading);
  try {
    await reading;
  } finally {
    for (const { chunk } of wanted) for (const name of columns) chunk.reading.delete(name);
  }
}

/** @param sealed undefined for a chunk that is not there. */
function addColumn(
  { siteId, cache }: ChunkSource,
  { part, chunk }: WantedChunk,
  ...[name, sealed]: [name: ChunkColumnName, sealed: Uint8Array | null | undefined]
): void {
  try {
    if (sealed === undefined) throw damagedColumn(name, "is not there");
    const column = sealed === null ? null : decodeColumn({ name, events: part.events }, sealed);
    cache.add(chunk, name, column);
  } catch (error) {
    if (!(error instanceof QueueFlowError)) throw error;
    const place = `site ${siteId}, date ${part.date}, part ${part.part}`;
    const message = `${error.message} (${place})`;
    chunk.damaged.set(name, new QueueFlowError(error.code, message, { cause: error }));
  }
}

function batchesOf(wanted: readonly WantedChunk[]): readonly (readonly WantedChunk[])[] {
  const batches: WantedChunk[][] = [];
  let events = BATCH_EVENTS;
  for (const each of wanted) {
    if (events + each.part.events > BATCH_EVENTS) {
      batches.push([]);
      events = 0;
    }
    events += each.part.events;
    batches.at(-1)?.push(each);
  }
  return batches;
}

function keyOf({ siteId }: ChunkSource, { date, part, version }: PartRow): string {
  return `${version} ${date} ${part} ${siteId}`;
}
