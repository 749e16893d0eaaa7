// oxlint-disable-next-line import/no-unassigned-import -- a thread entry, which exports nothing
import "../../src/child.ts";
import { Database, type Transaction } from "../../src/store/database.ts";

// oxlint-disable-next-line typescript/unbound-method -- called with its database below
const { transaction } = Database.prototype;

/**
 * The engine's thread entry, which fails before COMMIT when a transaction contains an event whose path names the failure:
 * `/poison/exit`, `/poison/throw`, `/poison/defect` or `/poison/spin`.
 */
Database.prototype.transaction = async function poisoned<Result>(
  this: Database,
  deadlineMs: number,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return (await transaction.call(this, deadlineMs, async (tx) => {
    const result = await work(tx);
    const [poison] = await tx`SELECT path FROM events WHERE path LIKE '/poison/%' LIMIT 1`;
    if (poison !== undefined) await fail(String(poison["path"]));
    return result;
  })) as Result;
};

async function fail(path: string): Promise<void> {
  if (path === "/poison/exit") process.exit(1);
  if (path === "/poison/spin") for (;;);
  if (path === "/poison/defect") throw new RangeError("A defect that this event triggers");
  setTimeout(() => {
    throw new Error("An uncaught failure in a driver");
  });
  await new Promise(() => undefined);
}
