/** Of `packing_secret`. */
export const SECRET_BYTES = 32;

const DIGEST_BYTES = 32;

/**
 * Hashes user ids to 64 bits: the first 8 bytes of SHA-256 of the installation's secret and the id. Without the secret nobody can
 * look for ids with equal hashes.
 */
export class UserHash {
  readonly #digest = new Uint8Array(DIGEST_BYTES);
  readonly #view = new DataView(this.#digest.buffer);
  readonly #secret: Uint8Array;
  #input: Uint8Array;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
    this.#input = new Uint8Array(secret.length);
    this.#input.set(secret);
  }

  /** Sets `into` at `at` to the high half, and behind it to the low one. */
  write(id: Uint8Array, ...[into, at]: [into: Uint32Array, at: number]): void {
    const length = this.#secret.length + id.length;
    if (length > this.#input.length) {
      this.#input = new Uint8Array(2 * length);
      this.#input.set(this.#secret);
    }
    this.#input.set(id, this.#secret.length);
    Bun.SHA256.hash(this.#input.subarray(0, length), this.#digest);
    into[at] = this.#view.getUint32(0);
    into[at + 1] = this.#view.getUint32(4);
  }
}
