import { QueueFlowError } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import { allowWholeTables } from "../allow-whole-tables.ts";
import type { Database } from "../database.ts";
import { UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import { migrate } from "../schema/migrate.ts";
import { MIGRATIONS } from "../schema/migrations.ts";
import { columnList, DUMPED_TABLES, type DumpedTable, quotedName } from "./dump-tables.ts";
import { dropKeys, type Key } from "./table-keys.ts";

/** @throws QueueFlowError `schema_too_new` when a backup needs migrations that this binary lacks. */
export function checkSchema(schema: readonly number[]): void {
  const known = new Set(MIGRATIONS.map(({ version }) => version));
  if (schema.every((version) => known.has(version))) return;
  const [newest, newestKnown] = [Math.max(...schema), Math.max(...known)];
  const sentence = `The backup has schema version ${newest}, this binary knows ${newestKnown}: restore it with a newer binary`;
  throw new QueueFlowError("schema_too_new", sentence);
}

/** Letters, a length or precision, and array brackets: nothing that calls a function or ends a statement. */
const COLUMN_TYPE =
  /^(?:"[^"]+"|[a-z_][\w ]*)(?:\.(?:"[^"]+"|\w+))?(?:\(\d+(?:, ?\d+)?\))?[a-z ]*(?:\[\])*$/i;

/** @throws QueueFlowError `invalid_usage` for a file that no engine wrote: names and types become part of statements. */
export function checkTables(tables: readonly DumpedTable[]): void {
  for (const { name, columns } of tables) {
    if (!DUMPED_TABLES.includes(name)) throw notOurs(`a table ${name}`);
    const column = columns.find(({ type }) => !COLUMN_TYPE.test(type));
    if (column !== undefined) throw notOurs(`a column of type ${column.type}`);
  }
}

function notOurs(what: string): QueueFlowError {
  return new QueueFlowError(
    "invalid_usage",
    `Expected the backup of an engine, got one with ${what}`,
  );
}

/** Fills an empty database that nothing else uses. */
export class TableLoader {
  readonly #database: Database;
  readonly #tables: readonly DumpedTable[];
  readonly #keys: readonly Key[];

  private constructor(database: Database, tables: readonly DumpedTable[], keys: readonly Key[]) {
    this.#database = database;
    this.#tables = tables;
    this.#keys = keys;
  }

  /** Creates the tables as they were in the backup, without keys: rows are loaded twice as fast, and keys built afterwards. */
  static async create(
    database: Database,
    { schema, tables }: { schema: readonly number[]; tables: readonly DumpedTable[] },
    log: Log,
  ): Promise<TableLoader> {
    checkTables(tables);
    const applied = new Set(schema);
    const migrations = MIGRATIONS.filter(({ version }) => applied.has(version));
    await migrate(database, log, { migrations, deadlineMs: UPKEEP_DEADLINE_MS });
    const keys = await database.query(UPKEEP_DEADLINE_MS, async (sql) => {
      for (const { name, columns } of tables) {
        for (const column of columns) {
          // Somebody may have added it.
          await sql.unsafe(
            `ALTER TABLE ${name} ADD COLUMN IF NOT EXISTS ${quotedName(column.name)} ${column.type}`,
          );
        }
      }
      return await dropKeys(
        sql,
        tables.map(({ name }) => name),
      );
    });
    return new TableLoader(database, tables, keys);
  }

  async load(table: string, bytes: Uint8Array): Promise<void> {
    const columns = columnList(this.#tables, table);
    const copy = `COPY ${table} (${columns}) FROM STDIN (ENCODING 'UTF8')`;
    await this.#database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
      await allowWholeTables(tx);
      await tx.unsafe(copy, [], { copy: bytes });
    });
  }

  /** Builds the keys, then brings the schema to that of this binary. */
  async finish(sequences: Readonly<Record<string, string>>, log: Log): Promise<void> {
    await this.#database.transaction(UPKEEP_DEADLINE_MS, async (tx) => {
      await allowWholeTables(tx);
      for (const { create } of this.#keys) await tx.unsafe(create);
      for (const [sequence, value] of Object.entries(sequences)) {
        await tx`SELECT setval(${sequence}::text::regclass, ${value}::text::bigint)`;
      }
      for (const { name } of this.#tables) await tx.unsafe(`ANALYZE ${name}`);
    });
    await migrate(this.#database, log, { deadlineMs: UPKEEP_DEADLINE_MS, movesRows: true });
    // The stop that follows has a deadline.
    await this.#database.query(UPKEEP_DEADLINE_MS, async (sql) => await sql`CHECKPOINT`);
  }
}
