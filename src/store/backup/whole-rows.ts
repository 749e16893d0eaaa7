/** Size at which a part ends, after a whole row. */
const PART_BYTES = 4 * 1024 * 1024;
const LINE_FEED = 0x0a;

/** Whole rows in PostgreSQL's COPY text format. */
export interface TablePart {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** Cuts the output of COPY, in text format, into parts of about `PART_BYTES`. */
export async function* wholeRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TablePart> {
  let waiting: Uint8Array[] = [];
  let bytesWaiting = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    bytesWaiting += chunk.length;
    if (bytesWaiting < PART_BYTES) continue;
    const joined = Buffer.concat(waiting);
    const end = joined.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) yield part(joined.subarray(0, end));
    waiting = [joined.subarray(end)];
    bytesWaiting = joined.length - end;
  }
  if (bytesWaiting > 0) yield part(Buffer.concat(waiting));
}

/** Each row ends with a line feed, and COPY escapes those in values. */
function part(bytes: Buffer): TablePart {
  let rows = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) rows += 1;
  return { bytes, rows };
}
