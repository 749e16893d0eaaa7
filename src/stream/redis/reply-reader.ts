import { type Reply, ReplyError } from "./resp.ts";

/** No line of Redis comes near: what sends a longer one is no Redis. */
const LINE_BYTES_MAX = 65_536;
/** As many digits as the longest string has that Redis takes, and as the largest integer that is exact here. */
const LENGTH_DIGITS_MAX = 9;
const INTEGER_DIGITS_MAX = 15;
const NOTHING = Buffer.alloc(0);

const [SIMPLE, ERROR, INTEGER, BULK, LIST, MINUS, RETURN, NEWLINE] = Buffer.from("+-:$*-\r\n");
const ZERO = 0x30;

/**
 * Puts replies together from the bytes of a connection, which come in pieces (Redis's documentation, "Redis
 * serialization protocol", version 2). A reply is first followed to its end, going on where the last piece ended, and
 * read when it is there.
 */
export class ReplyReader {
  #bytes: Buffer = NOTHING;
  /** Where the reply begins, and where the bytes end that have come. */
  #start = 0;
  #end = 0;
  /** How far the reply was followed, and how many values it still lacks there. */
  #at = 0;
  #lacking = 1;
  /** The last list at each depth: the names of an entry's fields are those of the one before. */
  readonly #before: (readonly Reply[])[] = [];

  /** Adds what has come, which must not change afterwards. */
  add(piece: Buffer): void {
    if (this.#start === this.#end) {
      this.#bytes = piece;
      this.#at = 0;
      this.#start = 0;
      this.#end = piece.length;
      return;
    }
    const length = this.#end - this.#start;
    if (this.#end + piece.length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(2 * (length + piece.length));
      this.#bytes.copy(grown, 0, this.#start, this.#end);
      this.#bytes = grown;
      this.#at -= this.#start;
      this.#start = 0;
      this.#end = length;
    }
    piece.copy(this.#bytes, this.#end);
    this.#end += piece.length;
  }

  /**
   * The next reply; `undefined` while it has not come whole.
   *
   * @throws Error when the bytes begin no reply that a command here answers.
   */
  next(): Reply | undefined {
    while (this.#lacking > 0) if (!this.#follow()) return undefined;
    const end = this.#at;
    this.#at = this.#start;
    const reply = this.#read(0, undefined);
    this.#start = end;
    this.#at = end;
    this.#lacking = 1;
    return reply;
  }

  /** Goes past one value, or past the head of a list, if that is there. */
  #follow(): boolean {
    const lineEnd = this.#lineEnd();
    if (lineEnd === -1) return false;
    const type = this.#bytes[this.#at];
    if (type === BULK || type === LIST) {
      const length = this.#number(lineEnd, LENGTH_DIGITS_MAX);
      if (length < -1) throw this.#noReply();
      if (type === LIST) this.#lacking += Math.max(0, length);
      else if (length >= 0) {
        const bulkEnd = lineEnd + 2 + length + 2;
        if (bulkEnd > this.#end) return false;
        this.#at = bulkEnd - 2;
        this.#lacking -= 1;
        if (this.#lineEnd() !== this.#at) throw this.#noReply();
        this.#at = bulkEnd;
        return true;
      }
    } else if (type === INTEGER) this.#number(lineEnd, INTEGER_DIGITS_MAX);
    else if (type !== SIMPLE && type !== ERROR) throw this.#noReply();
    this.#at = lineEnd + 2;
    this.#lacking -= 1;
    return true;
  }

  /** Reads the value that begins here, all of which is there, and goes past it. It may be `likely`. */
  #read(depth: number, likely: Reply | undefined): Reply {
    const from = this.#at + 1;
    const type = this.#bytes[this.#at];
    const lineEnd = this.#lineEnd();
    this.#at = lineEnd + 2;
    if (type === SIMPLE) return this.#string(from, lineEnd);
    if (type === ERROR) return new ReplyError(this.#string(from, lineEnd));
    const number = numberIn(this.#bytes, from, lineEnd);
    if (type === INTEGER) return number;
    if (number === -1) return null;
    if (type === BULK) {
      const bulk = this.#at;
      this.#at += number + 2;
      return isText(likely, this.#bytes, bulk, number) ? likely : this.#string(bulk, bulk + number);
    }
    const before = this.#before[depth];
    const list: Reply[] = [];
    for (let i = 0; i < number; i += 1) list.push(this.#read(depth + 1, before?.[i]));
    this.#before[depth] = list;
    return list;
  }

  /** Where the line ends that begins here, or -1 while its end has not come. Nearly all are of a few digits. */
  #lineEnd(): number {
    const bytes = this.#bytes;
    const end = this.#end - 1;
    for (let at = this.#at; at < end; at += 1) {
      if (bytes[at] === RETURN && bytes[at + 1] === NEWLINE) return at;
      if (at - this.#at > LINE_BYTES_MAX) throw this.#noReply();
    }
    return -1;
  }

  #number(lineEnd: number, digitsMax: number): number {
    const number = numberIn(this.#bytes, this.#at + 1, lineEnd);
    const isTooLong = lineEnd - this.#at - 1 > digitsMax;
    if (Number.isNaN(number) || isTooLong) throw this.#noReply();
    return number;
  }

  #string(from: number, to: number): string {
    return this.#bytes.toString("utf8", from, to);
  }

  #noReply(): Error {
    const came = this.#bytes.toString("latin1", this.#at, Math.min(this.#at + 40, this.#end));
    return new Error(`Expected a reply of Redis, got ${JSON.stringify(came)}`);
  }
}

/** Whether these bytes are this ASCII text: to compare them takes a fifth of the time of another string. */
function isText(
  text: Reply | undefined,
  bytes: Buffer,
  from: number,
  length: number,
): text is string {
  if (typeof text !== "string" || text.length !== length) return false;
  for (let i = 0; i < length; i += 1) {
    const code = text.charCodeAt(i);
    if (code !== bytes[from + i] || code >= 0x80) return false;
  }
  return true;
}

/** The integer that these bytes are, in decimal digits; NaN when they are none. */
function numberIn(bytes: Buffer, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS;
  const first = isNegative ? from + 1 : from;
  if (first === to) return Number.NaN;
  let number = 0;
  for (let at = first; at < to; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = 10 * number + digit;
  }
  return isNegative ? -number : number;
}
