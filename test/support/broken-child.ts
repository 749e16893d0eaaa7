// oxlint-disable-next-line import/no-unassigned-import -- it is a thread's entry and exports nothing
import "../../src/child.ts";
import { Database, type Transaction } from "../../src/store/database.ts";

// oxlint-disable-next-line typescript/unbound-method -- it is called with the database it belongs to
const { transaction } = Database.prototype;

/** The entry of a thread as the engine has it, except that no event can be stored, for a defect of its code. */
Database.prototype.transaction = async function broken<Result>(
  this: Database,
  deadlineMs: number,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return (await transaction.call(
    this,
    deadlineMs,
    async (tx) => await work(new Proxy(tx, { apply: failToInsert })),
  )) as Result;
};

function failToInsert(tx: Transaction, self: unknown, args: [TemplateStringsArray]): unknown {
  if (args[0].join("").includes("INSERT INTO events")) {
    throw new TypeError("undefined is not a function");
  }
  return Reflect.apply(tx, self, args);
}
