import { type ChunkColumnName, isTextColumn } from "../../event/text-columns.ts";
import { fromBytePlanes, sumDifferences } from "./byte-planes.ts";
import type { Texts } from "./day-events.ts";
import { type PackedIndex, readPackedIndex } from "./packed-index.ts";
import {
  type ColumnContent,
  type ColumnPlace,
  damagedColumn,
  openColumn,
} from "./sealed-column.ts";
import { decodeTexts } from "./text-bytes.ts";

/** What a column holds, depending on its name. */
export interface DecodedColumn {
  /** Of `times`, `users` (high and low halves alternate) and `engaged_ms` (0 for none, otherwise plus 1). */
  readonly integers?: Uint32Array;
  /** Of `user_index` and of texts. */
  readonly index?: PackedIndex;
  /** Of `user_texts` and of texts. */
  readonly texts?: Texts;
}

/** @throws QueueFlowError `chunk_damaged` for bytes that `encodeDayEvents` has not returned for a column of this name and chunk. */
export function decodeColumn(
  place: ColumnPlace & { readonly name: ChunkColumnName },
  sealed: Uint8Array,
): DecodedColumn {
  const content = openColumn(place, sealed);
  const decoded = contentOf(place, content);
  if (decoded === undefined) throw damagedColumn(place.name, "does not have the length it should");
  return decoded;
}

function contentOf(
  { name, events }: ColumnPlace & { readonly name: ChunkColumnName },
  content: ColumnContent,
): DecodedColumn | undefined {
  if (isTextColumn(name)) return indexOf(content, events, true);
  switch (name) {
    case "times": {
      const differences = integersOf(content, events);
      return differences && { integers: sumDifferences(differences) };
    }
    case "engaged_ms": {
      const integers = integersOf(content, events);
      return integers && { integers };
    }
    case "users":
      return usersOf(content);
    case "user_texts": {
      const texts = decodeTexts(content.bytes);
      return texts && { texts };
    }
    case "user_index":
      return indexOf(content, events, false);
  }
}

function integersOf({ mode, bytes }: ColumnContent, count: number): Uint32Array | undefined {
  if (bytes.length !== mode * count) return undefined;
  return fromBytePlanes({ planes: mode, bytes }, count);
}

function usersOf({ mode, bytes }: ColumnContent): DecodedColumn | undefined {
  const count = bytes.length / (4 + mode);
  if (!Number.isInteger(count)) return undefined;
  const low = new Uint32Array(bytes.slice(0, 4 * count).buffer);
  const high = sumDifferences(
    fromBytePlanes({ planes: mode, bytes: bytes.subarray(4 * count) }, count),
  );
  const integers = new Uint32Array(2 * count);
  for (let i = 0; i < count; i += 1) {
    integers[2 * i] = high[i] ?? 0;
    integers[2 * i + 1] = low[i] ?? 0;
  }
  return { integers };
}

function indexOf(
  { mode, bytes }: ColumnContent,
  ...[count, isText]: [count: number, isText: boolean]
): DecodedColumn | undefined {
  const indexBytes = mode * count;
  const isWidth = mode === 0 || mode === 1 || mode === 2 || mode === 4;
  if (!isWidth || bytes.length < indexBytes) return undefined;
  const index = readPackedIndex(bytes.subarray(0, indexBytes), mode);
  if (!isText) return bytes.length === indexBytes ? { index } : undefined;
  const texts = decodeTexts(bytes.subarray(indexBytes));
  return texts && { index, texts };
}
