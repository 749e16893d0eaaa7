const BYTE_VALUES = 256;
const BYTES = 8;

/**
 * Hashes 64 bits to 32 with a table of random numbers for each byte (simple tabulation hashing, Pătraşcu and Thorup). Nobody who does
 * not know the tables can choose subjects with equal hashes.
 */
export class TabulationHash {
  readonly #random = crypto.getRandomValues(new Uint32Array(BYTES * BYTE_VALUES));

  /** Returns an integer of 32 bits, never negative. */
  of(hi: number, lo: number): number {
    return (this.#of(hi, 0) ^ this.#of(lo, BYTES / 2)) >>> 0;
  }

  #of(word: number, firstByte: number): number {
    const at = firstByte * BYTE_VALUES;
    return (
      (this.#random[at + (word & 0xff)] ?? 0) ^
      (this.#random[at + BYTE_VALUES + ((word >>> 8) & 0xff)] ?? 0) ^
      (this.#random[at + 2 * BYTE_VALUES + ((word >>> 16) & 0xff)] ?? 0) ^
      (this.#random[at + 3 * BYTE_VALUES + (word >>> 24)] ?? 0)
    );
  }
}
