/** Takes groups in turns, and the items of a group in their order. */
export class FairQueue<Item> {
  /** In order of turns. */
  readonly #groups = new Map<string, Item[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Returns the item that has no room, if any: the newest of the group with the most, or else `item` itself. */
  add(group: string, item: Item, itemsMax: number): Item | undefined {
    const own = this.#groups.get(group) ?? [];
    const refused = this.#size < itemsMax ? undefined : this.#makeRoom(own, item);
    if (refused === item) return item;
    this.#groups.set(group, own);
    own.push(item);
    this.#size += 1;
    return refused;
  }

  /** Returns the first item of the next group that `mayTake`, whose turn ends with it. */
  take(mayTake: (group: string) => boolean = () => true): Item | undefined {
    for (const [group, items] of this.#groups) {
      if (!mayTake(group)) continue;
      const item = items.shift();
      this.#groups.delete(group);
      if (items.length > 0) this.#groups.set(group, items);
      if (item === undefined) continue;
      this.#size -= 1;
      return item;
    }
    return undefined;
  }

  /** Does nothing to an item that is no longer queued. */
  remove(group: string, item: Item): void {
    const items = this.#groups.get(group) ?? [];
    const at = items.indexOf(item);
    if (at === -1) return;
    items.splice(at, 1);
    this.#size -= 1;
  }

  #makeRoom(own: readonly Item[], item: Item): Item {
    let longest: Item[] = [];
    for (const items of this.#groups.values()) if (items.length > longest.length) longest = items;
    if (longest.length <= own.length + 1) return item;
    this.#size -= 1;
    return longest.pop() ?? item;
  }
}
