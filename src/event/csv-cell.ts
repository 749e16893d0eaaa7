/** Spreadsheets take a cell that begins like this for a formula. */
const FORMULA = /^'*[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;
const MARK = "'";

/** Returns a text as a CSV cell (RFC 4180). One that a spreadsheet would calculate gets a mark, an apostrophe in front. */
export function csvCell(text: string): string {
  const marked = FORMULA.test(text) ? `${MARK}${text}` : text;
  return NEEDS_QUOTES.test(marked) ? `"${marked.replaceAll('"', '""')}"` : marked;
}

/** Returns the text that `csvCell` marked, given the cell without its quotes. */
export function withoutMark(cell: string): string {
  return cell.startsWith(MARK) && FORMULA.test(cell) ? cell.slice(MARK.length) : cell;
}
