import type { DayEvents, Texts } from "../day-events.ts";
import { compareTexts } from "../sort-texts.ts";
import { UserHash } from "../user-hash.ts";
import type { CollectedTexts } from "./collected-texts.ts";
import { DayDictionaries, selectTexts } from "./day-dictionaries.ts";
import { ROWS_MAX } from "./row-order.ts";

type DayUsers = Pick<DayEvents, "users" | "userIndex" | "userTexts">;

/** Makes the users of each day: in the order of their hashes, and of their ids where those are equal. */
export class UserDictionaries {
  readonly #texts: Texts;
  readonly #hashes: Uint32Array;
  readonly #dictionaries: DayDictionaries;

  constructor(collected: CollectedTexts, secret: Uint8Array) {
    this.#texts = collected.interner.texts();
    this.#hashes = hashesOf(this.#texts, secret);
    const order = placesInHashOrder(this.#texts, this.#hashes);
    this.#dictionaries = new DayDictionaries(order, collected.numbers());
  }

  /** Returns no users if none were collected. */
  next(rows: Uint32Array): DayUsers {
    const { places, index } = this.#dictionaries.next(rows);
    if (places.length === 0) return { users: new Uint32Array(), userIndex: new Uint32Array() };
    const users = new Uint32Array(2 * places.length);
    for (let i = 0; i < places.length; i += 1) {
      const place = places[i] ?? 0;
      users[2 * i] = this.#hashes[2 * place] ?? 0;
      users[2 * i + 1] = this.#hashes[2 * place + 1] ?? 0;
    }
    for (let i = 0; i < index.length; i += 1) index[i] = (index[i] ?? 0) - 1;
    return { users, userIndex: index, userTexts: selectTexts(this.#texts, places) };
  }
}

function hashesOf({ bytes, ends }: Texts, secret: Uint8Array): Uint32Array {
  const hash = new UserHash(secret);
  const hashes = new Uint32Array(2 * ends.length);
  let from = 0;
  for (let i = 0; i < ends.length; i += 1) {
    const to = ends[i] ?? 0;
    hash.write(bytes.subarray(from, to), hashes, 2 * i);
    from = to;
  }
  return hashes;
}

/** Sorts numbers, which is native: the high half of a hash and the user's place fit the 53 bits that are exact. */
function placesInHashOrder(texts: Texts, hashes: Uint32Array): Uint32Array {
  const keys = new Float64Array(texts.ends.length);
  for (let i = 0; i < keys.length; i += 1) keys[i] = (hashes[2 * i] ?? 0) * ROWS_MAX + i;
  keys.sort();
  const places = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; i += 1) places[i] = (keys[i] ?? 0) % ROWS_MAX;
  const high = (i: number) => hashes[2 * (places[i] ?? 0)];
  for (let from = 0, to = 0; from < places.length; from = to) {
    to = from + 1;
    while (to < places.length && high(to) === high(from)) to += 1;
    if (to - from === 1) continue;
    const low = (place: number) => hashes[2 * place + 1] ?? 0;
    places.subarray(from, to).sort((a, b) => low(a) - low(b) || compareTexts(texts, a, texts, b));
  }
  return places;
}
