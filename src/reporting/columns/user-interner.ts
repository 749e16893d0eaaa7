const FIRST_SLOTS = 1_024;

/** Numbers distinct users in the order in which they first come, from 0, by the hashes that `DayEvents.users` has. */
export class UserInterner {
  /** High half, low half and place among equal hashes of a day. */
  #keys = new Int32Array((3 * FIRST_SLOTS) / 2);
  /** The number of a user plus 1, or 0: open addressing, at most half full. The low half is as good as random. */
  #slots = new Int32Array(FIRST_SLOTS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Returns the number of each user of a day. Users of the day whose hashes are equal stay different. */
  idsOf(users: Uint32Array): Uint32Array {
    const ids = new Uint32Array(users.length / 2);
    let place = 0;
    for (let i = 0; i < ids.length; i += 1) {
      const high = users[2 * i] ?? 0;
      const low = users[2 * i + 1] ?? 0;
      const isRepeated = i > 0 && users[2 * i - 2] === high && users[2 * i - 1] === low;
      place = isRepeated ? place + 1 : 0;
      ids[i] = this.#idOf(high | 0, low | 0, place);
    }
    return ids;
  }

  #idOf(high: number, low: number, place: number): number {
    const slots = this.#slots;
    const keys = this.#keys;
    const mask = slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const id = (slots[slot] ?? 0) - 1;
      if (id < 0) return this.#add(high, low, place, slot);
      const at = 3 * id;
      if (keys[at] === high && keys[at + 1] === low && keys[at + 2] === place) return id;
    }
  }

  #add(
    ...[high, low, place, slot]: [high: number, low: number, place: number, slot: number]
  ): number {
    const id = this.#count;
    this.#keys[3 * id] = high;
    this.#keys[3 * id + 1] = low;
    this.#keys[3 * id + 2] = place;
    this.#slots[slot] = id + 1;
    this.#count += 1;
    if (2 * this.#count === this.#slots.length) this.#double();
    return id;
  }

  #double(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const keys = new Int32Array(2 * this.#keys.length);
    keys.set(this.#keys);
    const mask = slots.length - 1;
    for (let id = 0; id < this.#count; id += 1) {
      let slot = (keys[3 * id + 1] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
    this.#keys = keys;
  }
}
