/** The order of the events of two parts. */
export interface Interleaving {
  readonly times: Uint32Array;
  /** By event: its place in the first part, or the number of events of the first part plus its place in the second. */
  readonly order: Uint32Array;
}

/** Events of one instant keep their order, those of the first part before those of the second. */
export function interleave(first: Uint32Array, second: Uint32Array): Interleaving {
  const count = first.length + second.length;
  const times = new Uint32Array(count);
  const order = new Uint32Array(count);
  let i = 0;
  let j = 0;
  for (let at = 0; at < count; at += 1) {
    const one = i < first.length ? (first[i] ?? 0) : Number.POSITIVE_INFINITY;
    const other = j < second.length ? (second[j] ?? 0) : Number.POSITIVE_INFINITY;
    const isFirst = one <= other;
    times[at] = isFirst ? one : other;
    order[at] = isFirst ? i : first.length + j;
    if (isFirst) i += 1;
    else j += 1;
  }
  return { times, order };
}

/** Returns the values of both parts in their new order. */
export function gather(order: Uint32Array, first: Uint32Array, second: Uint32Array): Uint32Array {
  const values = new Uint32Array(first.length + second.length);
  values.set(first);
  values.set(second, first.length);
  const gathered = new Uint32Array(order.length);
  for (let at = 0; at < order.length; at += 1) gathered[at] = values[order[at] ?? 0] ?? 0;
  return gathered;
}
