import type { ReceivedEvent } from "../../../src/event/event.ts";
import { storeByInsert } from "../../../src/store/batch/store-by-insert.ts";
import type { Database } from "../../../src/store/database.ts";
import { distinctInOrder } from "../../../src/store/in-key-order.ts";

/** Stores events as consumers do, in one batch. */
export async function storeEvents(
  database: Database,
  events: readonly ReceivedEvent[],
): Promise<void> {
  const batch = distinctInOrder(events);
  await database.transaction(60_000, async (tx) => await storeByInsert(tx, batch));
}
