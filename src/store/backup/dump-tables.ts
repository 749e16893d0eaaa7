import { finished } from "node:stream/promises";
import type { Sql } from "postgres";
import { QueueFlowError } from "../../errors.ts";
import { MIGRATION_LOCK } from "../advisory-locks.ts";
import type { Database, Transaction } from "../database.ts";
import { UPKEEP_DEADLINE_MS } from "../deadlines.ts";
import { holdLock } from "../hold-lock.ts";
import { readAppliedVersions } from "../schema/applied-migrations.ts";
import { SEQUENCES, TABLES } from "../schema/tables.ts";
import { type TablePart, wholeRows } from "./whole-rows.ts";

/**
 * `schema_migrations` follows from the versions. `stream_states` may know entries later than those in the copy of the stream, which
 * would then count as lost.
 */
const NOT_DUMPED: ReadonlySet<string> = new Set(["schema_migrations", "stream_states"]);
export const DUMPED_TABLES = TABLES.filter((table) => !NOT_DUMPED.has(table));

export interface DumpedTable {
  readonly name: string;
  /** Without generated columns. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** All tables in one snapshot. */
export interface TablesDump {
  /** By PostgreSQL's clock, as an ISO string. */
  readonly takenAt: string;
  readonly postgresVersion: string;
  /** Versions of the applied migrations. */
  readonly schema: readonly number[];
  readonly tables: readonly DumpedTable[];
  /** Tables of others in the same schema. */
  readonly otherTables: readonly string[];
  read(table: string): AsyncGenerator<TablePart>;
  /** Call it last: sequences are not part of the snapshot, and are never behind the rows. */
  readSequences(): Promise<Readonly<Record<string, string>>>;
}

/**
 * Calls `work` with the tables as of one moment after the call. Batches go on meanwhile; a migration waits.
 *
 * @throws QueueFlowError `database_unavailable`; what the driver and `work` throw.
 */
export async function dumpTables<Result>(
  database: Database,
  work: (dump: TablesDump) => Promise<Result>,
): Promise<Result> {
  // A table that is rewritten under a snapshot appears empty to it (PostgreSQL manual, "Caveats" of MVCC).
  const lock = { key: MIGRATION_LOCK, how: "shared" } as const;
  const dumped = await holdLock(database, lock, async () => ({
    result: await dumpLocked(database, work),
  }));
  if (dumped === undefined) throw new QueueFlowError("internal", "A wait for a lock has no lock");
  return dumped.result;
}

async function dumpLocked<Result>(
  database: Database,
  work: (dump: TablesDump) => Promise<Result>,
): Promise<Result> {
  return await database.session(UPKEEP_DEADLINE_MS, async (sql) => {
    const tables = await readTables(sql);
    const { result } = await sql.begin("ISOLATION LEVEL REPEATABLE READ READ ONLY", async (tx) => {
      // Neither SET nor LOCK takes the snapshot.
      await tx`SET LOCAL statement_timeout = 0`;
      await tx`SET LOCAL lock_timeout = '60s'`;
      await tx`SET LOCAL idle_in_transaction_session_timeout = 0`;
      await tx`LOCK TABLE ${tx(tables.map(({ name }) => name))} IN ACCESS SHARE MODE`;
      const schema = [...(await readAppliedVersions(tx))].toSorted((a, b) => a - b);
      return {
        result: await work({ ...(await readServer(tx)), schema, tables, ...readers(tx, tables) }),
      };
    });
    return result;
  });
}

function readers(tx: Transaction, tables: readonly DumpedTable[]) {
  return {
    async *read(table: string): AsyncGenerator<TablePart> {
      const columns = columnList(tables, table);
      const copy = tx.unsafe(`COPY ${table} (${columns}) TO STDOUT (ENCODING 'UTF8')`);
      const rows = await copy.readable();
      try {
        // Destroyed, it would never read the rest, and the rollback would wait for that.
        yield* wholeRows(rows.iterator({ destroyOnReturn: false }));
      } finally {
        if (!rows.readableEnded && !rows.destroyed) {
          copy.cancel();
          await finished(rows.resume()).catch(() => undefined); // The error of a cancelled statement.
        }
        // The driver pauses its socket while too many rows wait, and does not resume it after the last one. Only this does:
        // oxlint-disable-next-line no-underscore-dangle
        rows._read(0);
      }
    },
    async readSequences(): Promise<Readonly<Record<string, string>>> {
      const values: Record<string, string> = {};
      for (const sequence of await existing(tx, SEQUENCES)) {
        const [row] = await tx`SELECT last_value::text FROM ${tx(sequence)}`;
        values[sequence] = String(row?.["last_value"]);
      }
      return values;
    },
  };
}

/** An older schema lacks some. */
async function existing(tx: Transaction, names: readonly string[]): Promise<readonly string[]> {
  const rows = await tx<{ name: string }[]>`
    SELECT name FROM unnest(${names}::text[]) AS names (name) WHERE to_regclass(name) IS NOT NULL`;
  return rows.map(({ name }) => name);
}

/** Returns the quoted names of a table's columns. */
export function columnList(tables: readonly DumpedTable[], table: string): string {
  const columns = tables.find(({ name }) => name === table)?.columns;
  if (columns === undefined) throw new QueueFlowError("internal", `Table ${table} is not listed`);
  return columns.map(({ name }) => quotedName(name)).join(", ");
}

export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function readTables(sql: Sql): Promise<readonly DumpedTable[]> {
  const rows = await sql<{ table: string; name: string; type: string }[]>`
    SELECT tables.name AS "table", attname AS name, format_type(atttypid, atttypmod) AS type
    FROM unnest(${DUMPED_TABLES}::text[]) WITH ORDINALITY AS tables (name, place)
    JOIN pg_attribute ON attrelid = to_regclass(tables.name)
    WHERE attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY place, attnum`;
  const byTable = Map.groupBy(rows, ({ table }) => table);
  return [...byTable].map(([name, columns]) => ({
    name,
    columns: columns.map((column) => ({ name: column.name, type: column.type })),
  }));
}

async function readServer(tx: Transaction) {
  const [server] = await tx<{ taken_at: Date; version: string }[]>`
    SELECT now() AS taken_at, current_setting('server_version') AS version`;
  const others = await tx<{ name: string }[]>`
    SELECT relname AS name FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
      AND relname <> ALL (${TABLES}::text[])
    ORDER BY relname`;
  return {
    takenAt: server?.taken_at.toISOString() ?? "",
    postgresVersion: server?.version ?? "",
    otherTables: others.map(({ name }) => name),
  };
}
