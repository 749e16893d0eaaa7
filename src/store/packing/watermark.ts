import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import { readWriters, stillWriting } from "../inspect/read-writers.ts";

interface Mark {
  readonly id: bigint;
  /** Transactions that may still store rows up to `id`. */
  readonly writers: ReadonlySet<string>;
}

/**
 * Finds ids up to which no more rows can appear. It assumes nothing about time: a COMMIT may hang, and COPY draws ids long before it writes
 * its rows. The sequence's last value is read before the writers, so every id up to it was drawn by one of them, or by a transaction that has
 * ended visibly.
 */
export class Watermark {
  readonly #database: Database;
  #settledId = 0n;
  #mark: Mark | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  get settledId(): bigint {
    return this.#settledId;
  }

  /** Virtual transaction ids of the writers that it waits for. */
  get waitsFor(): ReadonlySet<string> {
    return this.#mark?.writers ?? new Set();
  }

  /** Looks once. Returns the newest settled id. */
  async advance(): Promise<bigint> {
    if (this.#mark === undefined) {
      const id = await readLastDrawnId(this.#database);
      this.#mark = { id, writers: await readWriters(this.#database) };
    } else {
      const writers = stillWriting(this.#mark.writers, await readWriters(this.#database));
      this.#mark = { ...this.#mark, writers };
    }
    const { id, writers } = this.#mark;
    if (writers.size === 0) {
      this.#settledId = id;
      this.#mark = undefined;
    }
    return this.#settledId;
  }
}

export async function readLastDrawnId(database: Database): Promise<bigint> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const [row] = await sql<{ id: string }[]>`SELECT last_value::text AS id FROM events_id_seq`;
    return BigInt(row?.id ?? 0);
  });
}
