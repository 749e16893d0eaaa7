// oxlint-disable-next-line import/no-unassigned-import -- it is a thread's entry and exports nothing
import "../../src/child.ts";
import { BATCH_DEADLINE_MS } from "../../src/consume/process-batch.ts";
import { Database, type Transaction } from "../../src/store/database.ts";

// oxlint-disable-next-line typescript/unbound-method -- it is called with the database it belongs to
const { transaction } = Database.prototype;

/** The entry of a thread as the engine has it, except that no batch can be stored, for a defect of its code. */
Database.prototype.transaction = async function broken<Result>(
  this: Database,
  deadlineMs: number,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  if (deadlineMs === BATCH_DEADLINE_MS) throw new TypeError("undefined is not a function");
  return (await transaction.call(this, deadlineMs, work)) as Result;
};
