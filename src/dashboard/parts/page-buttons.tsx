import { words } from "../words/words.ts";

export interface PageButtonsProps {
  readonly offset: number;
  readonly total: number;
  readonly pageRows: number;
  readonly onPage: (offset: number) => void;
}

/** Which rows of a list are shown, and the buttons that lead to others. */
export function PageButtons({ offset, total, pageRows, onPage }: PageButtonsProps) {
  const end = Math.min(offset + pageRows, total);
  return (
    <>
      <span class="quiet">{words.rowsOf(Math.min(offset + 1, total), end, total)}</span>
      <button
        type="button"
        class="button"
        disabled={offset === 0}
        onClick={() => onPage(offset - pageRows)}
      >
        {words.previousPage}
      </button>
      <button
        type="button"
        class="button"
        disabled={end >= total}
        onClick={() => onPage(offset + pageRows)}
      >
        {words.nextPage}
      </button>
    </>
  );
}
