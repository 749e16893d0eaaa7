import { DAY_MS } from "../../event/day.ts";
import type { FieldType } from "../../event/field-type.ts";

const HEADER = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
const TRAILER = Buffer.from([0xff, 0xff]);
const BYTES_PER_CODE_UNIT_MAX = 3;
const LENGTH_BYTES = 4;
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);
const UUID_BYTES_AT = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;
const TWO_TO_32 = 2 ** 32;
/** The only one of the binary format. */
const JSONB_VERSION = "\u0001";
const FIRST_BYTES = 2 ** 20;

/** Rows in COPY's binary format, which saves PostgreSQL a quarter of the cost of a row in text. */
export class BinaryRows {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #view = viewOf(this.#bytes);
  #at = HEADER.copy(this.#bytes);

  row(fields: number): this {
    this.#fit(2);
    this.#view.setInt16(this.#at, fields);
    this.#at += 2;
    return this;
  }

  /** Undefined is NULL. */
  field(type: FieldType["sql"], value: string | undefined): this {
    if (value !== undefined) {
      if (type === "text") return this.text(value);
      if (type === "uuid") return this.uuid(value);
      if (type === "int4") return this.integer(Number(value));
      return type === "jsonb" ? this.json(value) : this.instant(value);
    }
    this.#fit(LENGTH_BYTES);
    this.#view.setInt32(this.#at, -1);
    this.#at += LENGTH_BYTES;
    return this;
  }

  text(value: string): this {
    this.#fit(LENGTH_BYTES + BYTES_PER_CODE_UNIT_MAX * value.length);
    const bytes = this.#bytes;
    const from = this.#at + LENGTH_BYTES;
    let length = 0;
    // Most texts are short and ASCII, for which a native call takes three times as long.
    for (; length < value.length; length += 1) {
      const code = value.charCodeAt(length);
      if (code >= 0x80) break;
      bytes[from + length] = code;
    }
    if (length < value.length) length = bytes.write(value, from);
    this.#view.setInt32(this.#at, length);
    this.#at = from + length;
    return this;
  }

  /** A `jsonb`. */
  json(value: string): this {
    return this.text(`${JSONB_VERSION}${value}`);
  }

  /** From lower case. */
  uuid(value: string): this {
    this.#fit(LENGTH_BYTES + 16);
    this.#view.setInt32(this.#at, 16);
    let at = this.#at + LENGTH_BYTES;
    for (const i of UUID_BYTES_AT) {
      this.#bytes[at] = (nibble(value.charCodeAt(i)) << 4) | nibble(value.charCodeAt(i + 1));
      at += 1;
    }
    this.#at = at;
    return this;
  }

  /** A `timestamptz`, from an ISO string. */
  instant(value: string): this {
    this.#fit(LENGTH_BYTES + 8);
    const ms = Date.parse(value) - POSTGRES_EPOCH_MS;
    // In two halves, since the microseconds may exceed what a number holds exactly.
    const upper = Math.floor(ms / TWO_TO_32);
    const lowerUs = (ms - upper * TWO_TO_32) * 1_000;
    const carry = Math.floor(lowerUs / TWO_TO_32);
    this.#view.setInt32(this.#at, 8);
    this.#view.setInt32(this.#at + LENGTH_BYTES, upper * 1_000 + carry);
    this.#view.setUint32(this.#at + LENGTH_BYTES + 4, lowerUs - carry * TWO_TO_32);
    this.#at += LENGTH_BYTES + 8;
    return this;
  }

  /** An `int4`. */
  integer(value: number): this {
    this.#fit(LENGTH_BYTES + 4);
    this.#view.setInt32(this.#at, 4);
    this.#view.setInt32(this.#at + LENGTH_BYTES, value);
    this.#at += LENGTH_BYTES + 4;
    return this;
  }

  date(value: string): this {
    this.#fit(LENGTH_BYTES + 4);
    this.#view.setInt32(this.#at, 4);
    this.#view.setInt32(this.#at + LENGTH_BYTES, (Date.parse(value) - POSTGRES_EPOCH_MS) / DAY_MS);
    this.#at += LENGTH_BYTES + 4;
    return this;
  }

  /** Returns all rows with the trailer. */
  end(): Uint8Array {
    this.#fit(TRAILER.length);
    this.#at += TRAILER.copy(this.#bytes, this.#at);
    return this.#bytes.subarray(0, this.#at);
  }

  #fit(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(2 * this.#bytes.length + bytes);
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

function nibble(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x57;
}
