import type { RawColumnName } from "../../store/reports/raw-rows.ts";
import type { DayEvents } from "../columns/day-events.ts";

/** By date. */
export type DayRows = ReadonlyMap<string, DayEvents>;

/** Raw rows of a snapshot, of which each column is read once. */
export class SharedRows {
  readonly #read: (columns: readonly RawColumnName[]) => Promise<DayRows>;
  readonly #columns = new Set<RawColumnName>();
  #days: DayRows = new Map();
  /** Settles once the read before has ended. */
  #reading: Promise<unknown> = Promise.resolve();

  /** `read` must return the same rows in the same order, whenever `event_id` is among the columns. */
  constructor(read: (columns: readonly RawColumnName[]) => Promise<DayRows>) {
    this.#read = read;
  }

  async withColumns(columns: readonly RawColumnName[]): Promise<DayRows> {
    const read = this.#reading.then(async () => await this.#add(columns));
    this.#reading = read.catch(() => undefined);
    await read;
    return this.#days;
  }

  async #add(columns: readonly RawColumnName[]): Promise<void> {
    const missing = columns.filter((name) => name !== "event_id" && !this.#columns.has(name));
    if (missing.length === 0 && this.#days.size > 0) return;
    const added = await this.#read(["event_id", ...missing]);
    this.#days = new Map(
      [...added].map(([date, day]) => [date, joined(this.#days.get(date), day)]),
    );
    for (const name of missing) this.#columns.add(name);
  }
}

function joined(known: DayEvents | undefined, added: DayEvents): DayEvents {
  if (known === undefined) return added;
  return {
    ...known,
    ...(added.users.length > 0 && {
      users: added.users,
      userIndex: added.userIndex,
      ...(added.userTexts && { userTexts: added.userTexts }),
    }),
    texts: { ...known.texts, ...added.texts },
    ...(added.engagedMs && { engagedMs: added.engagedMs }),
  };
}
