import type { TextColumnName } from "../../../event/text-columns.ts";
import { Vocabulary } from "./vocabulary.ts";

/** Beside the cached columns, whose distinct texts these are. */
const BYTES_MAX = 64 * 1_024 * 1_024;
const VOCABULARIES_MAX = 512;

/** Keeps the vocabularies used last, one a site and column. */
export class Vocabularies {
  readonly #bytesMax: number;
  readonly #kept = new Map<string, Vocabulary>();

  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** Returns another one after the texts of earlier questions have become too large. */
  of(siteId: string, column: TextColumnName): Vocabulary {
    const key = `${column} ${siteId}`;
    const found = this.#kept.get(key);
    this.#kept.delete(key);
    const isTooLarge = found === undefined || found.bytes > this.#bytesMax;
    const vocabulary = isTooLarge ? new Vocabulary() : found;
    this.#kept.set(key, vocabulary);
    this.#evict();
    return vocabulary;
  }

  #evict(): void {
    let bytes = 0;
    for (const vocabulary of this.#kept.values()) bytes += vocabulary.bytes;
    for (const [key, vocabulary] of this.#kept) {
      if (bytes <= this.#bytesMax && this.#kept.size <= VOCABULARIES_MAX) return;
      this.#kept.delete(key);
      bytes -= vocabulary.bytes;
    }
  }
}
