/** Returns whether a smaller case still fails. */
type Fails<Case> = (smaller: Case) => Promise<boolean>;

/** Cases that are smaller by one step, the boldest first. */
type Smaller<Case> = (current: Case) => Iterable<Case>;

/** Takes the first smaller case that still fails, again and again. Gives up after `triesMax`. */
export async function minimise<Case>(
  start: Case,
  {
    smaller,
    fails,
    triesMax,
  }: { readonly smaller: Smaller<Case>; readonly fails: Fails<Case>; readonly triesMax: number },
): Promise<Case> {
  let current = start;
  let tries = 0;
  for (;;) {
    const next = await firstFailing(smaller(current));
    if (next === undefined) return current;
    current = next;
  }

  async function firstFailing(candidates: Iterable<Case>): Promise<Case | undefined> {
    for (const candidate of candidates) {
      tries += 1;
      if (tries > triesMax) return undefined;
      if (await fails(candidate)) return candidate;
    }
    return undefined;
  }
}

/** Returns the list without a half of it, then without a quarter, down to single items. */
export function* shorter<Item>(items: readonly Item[]): Iterable<readonly Item[]> {
  for (let length = Math.ceil(items.length / 2); length >= 1; length = Math.floor(length / 2)) {
    for (let from = 0; from < items.length; from += length) {
      yield items.toSpliced(from, length);
    }
  }
}
