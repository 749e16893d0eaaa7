import type { QueueFlowError } from "../../errors.ts";
import type { ChunkColumnName } from "../../event/text-columns.ts";
import type { DecodedColumn } from "../columns/decode-column.ts";

/** Of a chunk or column, for the objects around its bytes. */
const OVERHEAD_BYTES = 500;

/** The columns of a chunk that were read so far. Questions hold the chunks that they read, in the cache or not. */
export interface CachedChunk {
  /** Names the site, the date, the part and its version. */
  readonly key: string;
  /** Null where no event of the chunk has the field. */
  readonly columns: Map<ChunkColumnName, DecodedColumn | null>;
  /** Reads in flight, by any question of the thread. */
  readonly reading: Map<ChunkColumnName, Promise<void>>;
  readonly damaged: Map<ChunkColumnName, QueueFlowError>;
  bytes: number;
}

/** Keeps the chunks used last. A chunk that changes gets another version, so none here is out of date. */
export class ColumnCache {
  readonly #bytesMax: number;
  readonly #chunks = new Map<string, CachedChunk>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  chunk(key: string): CachedChunk {
    const chunk = this.#chunks.get(key) ?? newChunk(key);
    if (!this.#chunks.delete(key)) this.#bytes += chunk.bytes;
    this.#chunks.set(key, chunk);
    return chunk;
  }

  add(chunk: CachedChunk, ...[name, column]: [ChunkColumnName, DecodedColumn | null]): void {
    chunk.columns.set(name, column);
    const bytes = OVERHEAD_BYTES + (column === null ? 0 : bytesOf(column));
    chunk.bytes += bytes;
    if (this.#chunks.get(chunk.key) !== chunk) return;
    this.#bytes += bytes;
    this.#evict();
  }

  #evict(): void {
    for (const [key, { bytes }] of this.#chunks) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#chunks.delete(key);
      this.#bytes -= bytes;
    }
  }
}

function newChunk(key: string): CachedChunk {
  return {
    key,
    columns: new Map(),
    damaged: new Map(),
    reading: new Map(),
    bytes: OVERHEAD_BYTES,
  };
}

function bytesOf({ integers, index, texts }: DecodedColumn): number {
  const ofTexts = texts === undefined ? 0 : texts.bytes.length + texts.ends.byteLength;
  return (integers?.byteLength ?? 0) + (index?.byteLength ?? 0) + ofTexts;
}
