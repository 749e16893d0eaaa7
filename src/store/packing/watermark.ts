import type { Database } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import { readWriters, stillWriting } from "../inspect/read-writers.ts";
import { isHeld, takeWitness, type Witness } from "./witness.ts";

interface Mark {
  readonly id: bigint;
  /** Transactions that may still store rows up to `id`. */
  readonly writers: ReadonlySet<string>;
}

/**
 * Finds ids up to which no more rows can appear. It assumes nothing about time: a COMMIT may hang, and COPY draws ids long before it writes
 * its rows. The sequence's last value is read before the writers, so every id up to it was drawn by one of them, or by a transaction that has
 * ended visibly. What it has found holds for one server, as long as that runs: a witness tells.
 */
export class Watermark {
  readonly #database: Database;
  #settledId = 0n;
  #mark: Mark | undefined;
  #witness: Witness | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  get settledId(): bigint {
    return this.#settledId;
  }

  /** `settledId` holds while this is held; undefined before the first look. */
  get witness(): Witness | undefined {
    return this.#witness;
  }

  /** Virtual transaction ids of the writers that it waits for. */
  get waitsFor(): ReadonlySet<string> {
    return this.#mark?.writers ?? new Set();
  }

  /** Looks once. Returns the newest settled id: 0 when the server was replaced or restarted. */
  async advance(): Promise<bigint> {
    this.#witness ??= await takeWitness(this.#database);
    this.#mark = await this.#look(this.#mark);
    const { id, writers } = this.#mark;
    if (!(await isHeld(this.#database, this.#witness))) {
      this.#witness = undefined;
      this.#mark = undefined;
      this.#settledId = 0n;
    } else if (writers.size === 0) {
      this.#settledId = id;
      this.#mark = undefined;
    }
    return this.#settledId;
  }

  async #look(before: Mark | undefined): Promise<Mark> {
    const id = before?.id ?? (await readLastDrawnId(this.#database));
    const writers = await readWriters(this.#database);
    return { id, writers: before === undefined ? writers : stillWriting(before.writers, writers) };
  }
}

export async function readLastDrawnId(database: Database): Promise<bigint> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const [row] = await sql<{ id: string }[]>`SELECT last_value::text AS id FROM events_id_seq`;
    return BigInt(row?.id ?? 0);
  });
}
