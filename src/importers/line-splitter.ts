/** Servers refuse request lines over 8 KiB, and the patterns are fast up to here. */
export const LINE_BYTES_MAX = 32 * 1_024;

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = "\xef\xbb\xbf";
const NOTHING = Buffer.alloc(0);

/** `text` has one byte per character and no line ending. */
export type LogLine =
  | { readonly kind: "line"; readonly number: number; readonly text: string }
  | { readonly kind: "too-long"; readonly number: number };

/**
 * Splits bytes into lines, and drops a byte order mark. NULs at the start of a line do not count towards its length: logrotate's
 * `copytruncate` leaves as many as the file had bytes.
 */
export class LineSplitter {
  #number = 1;
  #start: Buffer = NOTHING;
  #droppedNuls = false;

  push(chunk: Uint8Array): LogLine[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: LogLine[] = [];
    let from = 0;
    for (let to = bytes.indexOf(NEWLINE); to !== -1; to = bytes.indexOf(NEWLINE, from)) {
      this.#append(bytes.subarray(from, to));
      lines.push(this.#take());
      from = to + 1;
    }
    this.#append(bytes.subarray(from));
    return lines;
  }

  /** Returns the bytes after the last newline as a line. */
  rest(): LogLine | undefined {
    return this.#start.length === 0 ? undefined : this.#take();
  }

  #append(bytes: Buffer): void {
    let line = Buffer.concat([this.#start, bytes]);
    if (line.length > LINE_BYTES_MAX) {
      const text = line.findIndex((byte) => byte !== 0);
      if (text !== 0) {
        this.#droppedNuls = true;
        line = line.subarray(text === -1 ? line.length : text);
      }
    }
    this.#start = line.subarray(0, LINE_BYTES_MAX + 1);
  }

  #take(): LogLine {
    const number = this.#number;
    const bytes = this.#start;
    const hasDroppedNuls = this.#droppedNuls;
    this.#number += 1;
    this.#start = NOTHING;
    this.#droppedNuls = false;
    if (bytes.length > LINE_BYTES_MAX) return { kind: "too-long", number };
    let text = bytes.toString("latin1").replace(/\r$/, "");
    // All NULs are kept or none, wherever the chunks were cut.
    if (hasDroppedNuls) text = withoutLeadingNuls(text);
    const isMarked = number === 1 && text.startsWith(BYTE_ORDER_MARK);
    return { kind: "line", number, text: isMarked ? text.slice(BYTE_ORDER_MARK.length) : text };
  }
}

export function withoutLeadingNuls(text: string): string {
  return text.startsWith("\0") ? text.replace(/^\0+/, "") : text;
}
