import type { AnalyticsEvent } from "../../event/event.ts";

/** What 12 bits hold. */
const PLACE_MAX = 0xfff;

/**
 * Makes ids for events that were exported without one. They order events of an instant as the file does, and depend on its content
 * only: an import of the same file counts nothing twice. UUIDs of version 8: 48 bits of milliseconds, 12 of the place within the
 * millisecond, the rest of a hash.
 */
export class OrderedIds {
  #timestamp = "";
  #place = 0;

  idOf(event: AnalyticsEvent): string {
    this.#place = event.timestamp === this.#timestamp ? this.#place + 1 : 0;
    this.#timestamp = event.timestamp;
    const ms = Date.parse(event.timestamp).toString(16).padStart(12, "0");
    const place = Math.min(this.#place, PLACE_MAX).toString(16).padStart(3, "0");
    const hash = new Bun.CryptoHasher("sha256")
      .update(JSON.stringify([this.#place, event]))
      .digest("hex");
    return `${ms.slice(0, 8)}-${ms.slice(8)}-8${place}-8${hash.slice(0, 3)}-${hash.slice(3, 15)}`;
  }
}
