/** Dead letters processed per statement; their fields fit in memory. */
const PAGE_LETTERS = 100;

export function* pagesOf(ids: readonly string[]): Generator<readonly string[]> {
  for (let first = 0; first < ids.length; first += PAGE_LETTERS) {
    yield ids.slice(first, first + PAGE_LETTERS);
  }
}
