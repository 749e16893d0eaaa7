/** Returns the entries sorted by the UTF-16 code units of their keys. Sorting the keys alone, without a comparator, takes half the time. */
export function inKeyOrder<Value>(byKey: ReadonlyMap<string, Value>): [string, Value][] {
  const entries: [string, Value][] = [];
  for (const key of [...byKey.keys()].toSorted()) {
    const value = byKey.get(key);
    if (value !== undefined) entries.push([key, value]);
  }
  return entries;
}
