import type { PrimarySql } from "../../store/primary-sql.ts";
import { SiteReads } from "./site-reads.ts";

interface Asked {
  readonly siteId: string;
  /** By `performance.now()`. A question without it shares nothing. */
  readonly askedAtMs: number | undefined;
}

/**
 * Lets questions of a site share a snapshot that began after each of them was asked: what was stored by then is in it. Of a burst, the
 * first question has a snapshot of its own, and those that wait for their turn meanwhile share one.
 */
export class SharedSnapshots {
  readonly #connections: PrimarySql;
  /** By site: the last one to begin. */
  readonly #latest = new Map<string, SiteReads>();
  #opened = 0;

  constructor(connections: PrimarySql) {
    this.#connections = connections;
  }

  /** How many were opened since the start. */
  get opened(): number {
    return this.#opened;
  }

  /** The caller must leave it in the end. */
  join({ siteId, askedAtMs }: Asked): SiteReads {
    const latest = this.#latest.get(siteId);
    const isShared = askedAtMs !== undefined && latest?.hasAllUntil(askedAtMs) === true;
    const reads = isShared ? latest : this.#open(siteId);
    if (askedAtMs !== undefined) this.#latest.set(siteId, reads);
    reads.join();
    return reads;
  }

  #open(siteId: string): SiteReads {
    this.#opened += 1;
    return new SiteReads(this.#connections, siteId, (ended) => {
      if (this.#latest.get(siteId) === ended) this.#latest.delete(siteId);
    });
  }
}
