// oxlint-disable-next-line import/no-unassigned-import -- a thread entry, which exports nothing
import "../../src/child.ts";
import { Database, type Transaction } from "../../src/store/database.ts";

// oxlint-disable-next-line typescript/unbound-method -- called with its database below
const { transaction } = Database.prototype;

/** The engine's thread entry with a defect that prevents it from storing any event. */
Database.prototype.transaction = async function broken<Result>(
  this: Database,
  deadlineMs: number,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return (await transaction.call(
    this,
    deadlineMs,
    async (tx) => await work(new Proxy(tx, { apply: failToInsert, get: failToCopy })),
  )) as Result;
};

function failToInsert(tx: Transaction, self: unknown, args: [TemplateStringsArray]): unknown {
  if (args[0].join("").includes("INSERT INTO events")) throw defect();
  return Reflect.apply(tx, self, args);
}

/** COPY and migrations are sent as text; only COPY fails. */
function failToCopy(tx: Transaction, name: keyof Transaction): unknown {
  if (name !== "unsafe") return Reflect.get(tx, name);
  const unsafe: Transaction["unsafe"] = (query, ...rest) => {
    if (query.startsWith("COPY events")) throw defect();
    return tx.unsafe(query, ...rest);
  };
  return unsafe;
}

function defect(): TypeError {
  return new TypeError("undefined is not a function");
}
