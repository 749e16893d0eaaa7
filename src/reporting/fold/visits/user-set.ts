/** Users of a day, added in order of their hashes, to be found again in the next day or the one before. */
export class UserList<Value> {
  readonly #high: number[] = [];
  readonly #low: number[] = [];
  readonly #values: Value[] = [];

  get size(): number {
    return this.#values.length;
  }

  get values(): readonly Value[] {
    return this.#values;
  }

  add(users: Uint32Array, place: number, value: Value): void {
    this.#push(users[2 * place] ?? 0, users[2 * place + 1] ?? 0, value);
  }

  #push(high: number, low: number, value: Value): void {
    this.#high.push(high);
    this.#low.push(low);
    this.#values.push(value);
  }

  /** Returns those whose value passes. */
  where(isKept: (value: Value) => boolean): UserList<Value> {
    const kept = new UserList<Value>();
    for (const [at, value] of this.#values.entries()) {
      if (isKept(value)) kept.#push(this.#high[at] ?? 0, this.#low[at] ?? 0, value);
    }
    return kept;
  }

  /** Calls back for each of them who is among a day's `users`. */
  eachIn(users: Uint32Array, found: (place: number, value: Value) => void): void {
    let place = 0;
    for (const [at, value] of this.#values.entries()) {
      const high = this.#high[at] ?? 0;
      const low = this.#low[at] ?? 0;
      place = firstFrom(users, place, high, low);
      if (users[2 * place] !== high || users[2 * place + 1] !== low) continue;
      found(place, value);
      // The next may have the same hash.
      place++;
    }
  }
}

/** Returns the first place at or after `from` whose hash is not lower. */
function firstFrom(users: Uint32Array, from: number, high: number, low: number): number {
  let before = from;
  let after = users.length / 2;
  while (before < after) {
    const middle = (before + after) >>> 1;
    const middleHigh = users[2 * middle] ?? 0;
    const isLower =
      middleHigh < high || (middleHigh === high && (users[2 * middle + 1] ?? 0) < low);
    if (isLower) before = middle + 1;
    else after = middle;
  }
  return before;
}
