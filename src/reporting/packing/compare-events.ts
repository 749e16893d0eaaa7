import { TEXT_COLUMNS } from "../../event/text-columns.ts";
import type { DayEvents, Texts } from "../columns/day-events.ts";
import { hashText } from "../columns/text-hash.ts";

/** Events that one side has and the other has not, whatever their order at one instant. */
export interface EventDifference {
  /** Rows that are in no chunk. */
  readonly missing: number;
  /** Events of chunks without a row. */
  readonly surplus: number;
}

/** Compares the events of chunks and rows by their sorted hashes. */
export function compareHashes(packed: Float64Array, raw: Float64Array): EventDifference {
  let [missing, surplus, at] = [0, 0, 0];
  for (let i = 0; i < raw.length; i += 1) {
    const hash = raw[i] ?? 0;
    while (at < packed.length && (packed[at] ?? 0) < hash) {
      surplus += 1;
      at += 1;
    }
    if (at < packed.length && packed[at] === hash) at += 1;
    else missing += 1;
  }
  return { missing, surplus: surplus + packed.length - at };
}

/** Returns a hash of 53 bits for each event, over all that chunks hold of it. The hashes change with each process. */
export function eventHashes(day: DayEvents): Float64Array {
  const { count, times, userIndex, userTexts, texts, engagedMs } = day;
  const high = new Int32Array(count);
  const low = new Int32Array(count);
  const users = userTexts === undefined ? new Int32Array() : hashesOf(userTexts);
  for (let i = 0; i < count; i += 1) {
    const user = users[userIndex[i] ?? 0] ?? 0;
    high[i] = mixed(user, (times[i] ?? 0) ^ Math.imul((engagedMs?.[i] ?? -1) + 1, 0x9e3779b1));
    low[i] = mixed((times[i] ?? 0) + 1, user ^ ((engagedMs?.[i] ?? -1) + 1));
  }
  for (const name of TEXT_COLUMNS) {
    const column = texts[name];
    const values = column === undefined ? new Int32Array() : hashesOf(column);
    for (let i = 0; i < count; i += 1) {
      const place = column?.index[i] ?? 0;
      const value = place === 0 ? 0x2545f491 : (values[place - 1] ?? 0);
      high[i] = mixed(high[i] ?? 0, value);
      low[i] = mixed(low[i] ?? 0, value ^ 0x5bd1e995);
    }
  }
  const hashes = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    hashes[i] = ((high[i] ?? 0) >>> 0) * 2 ** 21 + ((low[i] ?? 0) & (2 ** 21 - 1));
  }
  return hashes;
}

function hashesOf({ bytes, ends }: Texts): Int32Array {
  const hashes = new Int32Array(ends.length);
  let from = 0;
  for (let i = 0; i < ends.length; i += 1) {
    const to = ends[i] ?? 0;
    hashes[i] = hashText(bytes, from, to);
    from = to;
  }
  return hashes;
}

/** The order of the calls matters. */
function mixed(hash: number, value: number): number {
  let mix = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) ^ Math.imul(value, 0xc2b2ae35);
  mix = (mix << 13) | (mix >>> 19);
  return Math.imul(mix, 5) + 0x27d4eb2f;
}
