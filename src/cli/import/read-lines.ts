/**
 * The longest line that is read, in bytes. Servers refuse request lines over 8 KiB, and the pattern
 * that reads a line is fast up to here.
 */
export const LINE_BYTES_MAX = 32 * 1_024;

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = "\xef\xbb\xbf";
const NOTHING = Buffer.alloc(0);

/** A line of a file: one byte a character of `text`, which has no line ending. Numbers start at 1. */
export type LogLine =
  | {
      readonly kind: "line";
      readonly number: number;
      readonly text: string;
      /** The last line of a file may lack its newline: it may still be being written. */
      readonly ending: "newline" | "end-of-file";
    }
  | { readonly kind: "too-long"; readonly number: number };

/**
 * Splits bytes into lines at LF or CRLF. Holds one chunk and one line of at most `LINE_BYTES_MAX`; the
 * rest of a longer line is passed over. A byte order mark is dropped.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<LogLine, void, undefined> {
  let number = 1;
  let start = NOTHING;
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (let to = bytes.indexOf(NEWLINE); to !== -1; to = bytes.indexOf(NEWLINE, from)) {
      yield toLine(Buffer.concat([start, bytes.subarray(from, to)]), { number, ending: "newline" });
      number += 1;
      start = NOTHING;
      from = to + 1;
    }
    start = Buffer.concat([start, bytes.subarray(from)]).subarray(0, LINE_BYTES_MAX + 1);
  }
  if (start.length > 0) yield toLine(start, { number, ending: "end-of-file" });
}

function toLine(
  bytes: Buffer,
  { number, ending }: { number: number; ending: "newline" | "end-of-file" },
): LogLine {
  if (bytes.length > LINE_BYTES_MAX) return { kind: "too-long", number };
  const text = bytes.toString("latin1").replace(/\r$/, "");
  const isMarked = number === 1 && text.startsWith(BYTE_ORDER_MARK);
  return { kind: "line", number, ending, text: isMarked ? text.slice(3) : text };
}
