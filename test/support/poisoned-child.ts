// oxlint-disable-next-line import/no-unassigned-import -- it is a thread's entry and exports nothing
import "../../src/child.ts";
import { Database, type Transaction } from "../../src/store/database.ts";

// oxlint-disable-next-line typescript/unbound-method -- it is called with the database it belongs to
const { transaction } = Database.prototype;

/**
 * The entry of a thread as the engine has it, except that some events end it, before COMMIT, in the way
 * that their path names: `/poison/exit`, `/poison/throw`, `/poison/defect`, `/poison/spin`. The engine knows nothing of
 * it: each transaction looks for such an event at its end.
 */
Database.prototype.transaction = async function poisoned<Result>(
  this: Database,
  deadlineMs: number,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return (await transaction.call(this, deadlineMs, async (tx) => {
    const result = await work(tx);
    const [poison] = await tx`SELECT path FROM events WHERE path LIKE '/poison/%' LIMIT 1`;
    if (poison !== undefined) await die(String(poison["path"]));
    return result;
  })) as Result;
};

async function die(path: string): Promise<void> {
  if (path === "/poison/exit") process.exit(1);
  if (path === "/poison/spin") for (;;);
  if (path === "/poison/defect")
    throw new RangeError("A defect of the engine that this event meets");
  setTimeout(() => {
    throw new Error("A driver failed where nobody could catch it");
  });
  await new Promise(() => undefined);
}
