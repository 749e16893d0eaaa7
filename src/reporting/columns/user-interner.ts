import { allPieces, type Pieces } from "../../async/pieces.ts";

/** High half, low half, and the number of the user plus 1, or 0. */
const SLOT_INTS = 3;
const FIRST_SLOTS = 1_024;
/** Beyond it, probes become long. */
const LOAD_MAX = 0.7;
/** Slots that fit a core's cache together with what it reads. */
const CACHED_SLOTS = 16_384;

/** Numbers distinct users from 0, by the hashes that `DayEvents.users` has. */
export class UserInterner {
  /** Open addressing. A user belongs at the leading bits of the hash, so that users in order of their hashes lie near each other. */
  #slots = new Int32Array(SLOT_INTS * FIRST_SLOTS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Returns the number of each user of a day. Users of the day whose hashes are equal stay different. */
  idsOf(users: Uint32Array): Int32Array {
    const [ids = new Int32Array(0)] = allPieces(this.idsOfAll([users]));
    return ids;
  }

  /**
   * The same for many days. Takes the users of all days whose hashes begin alike before the next ones, since a table of all users
   * does not fit the cache.
   */
  *idsOfAll(days: readonly Uint32Array[]): Pieces<Int32Array[]> {
    const ids = days.map((users) => new Int32Array(users.length / 2));
    this.#makeRoom(ids.reduce((total, { length }) => total + length, 0));
    const places = new Int32Array(days.length);
    const parts = Math.ceil(this.#slots.length / SLOT_INTS / CACHED_SLOTS);
    for (let part = 1; part <= parts; part += 1) {
      const limit = (2 ** 32 / parts) * part;
      for (let day = 0; day < days.length; day += 1) {
        const users = days[day];
        const dayIds = ids[day];
        if (users === undefined || dayIds === undefined) continue;
        places[day] = this.#number(users, dayIds, places[day] ?? 0, limit);
      }
      yield;
    }
    return ids;
  }

  /** Numbers the users from a place on whose high halves are below the limit. Returns the place after them. */
  #number(users: Uint32Array, ids: Int32Array, from: number, limit: number): number {
    const slots = this.#slots;
    const length = slots.length / SLOT_INTS;
    const shift = 32 - Math.log2(length);
    let at = from;
    let repeated = 0;
    for (; at < ids.length; at += 1) {
      const unsigned = users[2 * at] ?? 0;
      if (unsigned >= limit) break;
      const high = unsigned | 0;
      const low = (users[2 * at + 1] ?? 0) | 0;
      const isRepeated =
        at > 0 && users[2 * at - 2] === unsigned && ((users[2 * at - 1] ?? 0) | 0) === low;
      repeated = isRepeated ? repeated + 1 : 0;
      let skip = repeated;
      let slot = SLOT_INTS * (high >>> shift);
      for (;;) {
        const id = slots[slot + 2] ?? 0;
        if (id === 0) {
          this.#count += 1;
          slots[slot] = high;
          slots[slot + 1] = low;
          slots[slot + 2] = this.#count;
          ids[at] = this.#count - 1;
          break;
        }
        if (slots[slot] === high && slots[slot + 1] === low) {
          ids[at] = id - 1;
          if (skip === 0) break;
          skip -= 1;
        }
        slot += SLOT_INTS;
        if (slot === slots.length) slot = 0;
      }
    }
    return at;
  }

  #makeRoom(more: number): void {
    const before = this.#slots;
    let length = before.length / SLOT_INTS;
    while (this.#count + more > LOAD_MAX * length) length *= 2;
    if (SLOT_INTS * length === before.length) return;
    const slots = new Int32Array(SLOT_INTS * length);
    const shift = 32 - Math.log2(length);
    for (let from = 0; from < before.length; from += SLOT_INTS) {
      if (before[from + 2] === 0) continue;
      let slot = SLOT_INTS * ((before[from] ?? 0) >>> shift);
      while (slots[slot + 2] !== 0) slot = slot + SLOT_INTS === slots.length ? 0 : slot + SLOT_INTS;
      slots[slot] = before[from] ?? 0;
      slots[slot + 1] = before[from + 1] ?? 0;
      slots[slot + 2] = before[from + 2] ?? 0;
    }
    this.#slots = slots;
  }
}
