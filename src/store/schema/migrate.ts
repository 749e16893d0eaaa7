import { setTimeout as delay } from "node:timers/promises";
import { QueueFlowError } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import { MIGRATION_LOCK } from "../advisory-locks.ts";
import type { Database, Transaction } from "../database.ts";
import { QUERY_DEADLINE_MS } from "../deadlines.ts";
import { distribute } from "../distribution/distribute.ts";
import { readAppliedVersions } from "./applied-migrations.ts";
import { buildIndexes } from "./build-indexes.ts";
import { findDuplicates, setIndexScans } from "./duplicates/find-duplicates.ts";
import { removeDuplicates } from "./duplicates/remove-duplicates.ts";
import type { TextKey } from "./duplicates/text-key.ts";
import { isOptional, MIGRATIONS, type Migration } from "./migrations.ts";
import {
  type Postponed,
  postponedByDeadline,
  postponedByDuplicates,
  postponedByFailure,
  reportPostponed,
} from "./postponed-migration.ts";

/** For an engine: rewriting a million rows takes 9 s on a busy machine. */
const REWRITE_DEADLINE_MS = 60 * 60 * 1_000;
/** Longer than a batch holds its tables; batches queue up behind it. */
const LOCK_TIMEOUT = "16s";
const BUSY_INTERVAL_MS = 200;

export interface MigrateOptions {
  readonly migrations?: readonly Migration[];
  /** Whether to distribute the tables where Citus has workers; true for the migrations of this binary. */
  readonly distributes?: boolean;
  readonly deadlineMs?: number;
  /** Leaves out optional migrations, except in an empty database. */
  readonly leaveOptional?: boolean;
  /** Where Citus has workers: whether to distribute tables that have rows, during which nothing is stored. */
  readonly movesRows?: boolean;
  /** Called once the database has responded. */
  readonly onReached?: () => void;
}

/**
 * Returns how many migrations it applied. Any number of processes may call it: one works, and the others poll. Each migration
 * is a transaction of its own, so that none holds a table while it waits for one that batches of an older engine hold.
 *
 * @throws QueueFlowError `schema_too_new` after a newer binary, `database_encoding` when it is not UTF-8,
 *   `database_unavailable`; what the driver throws.
 */
export async function migrate(
  database: Database,
  log: Log,
  {
    migrations = MIGRATIONS,
    distributes = migrations === MIGRATIONS,
    deadlineMs: givenMs,
    leaveOptional = false,
    movesRows = false,
    onReached,
  }: MigrateOptions = {},
): Promise<number> {
  const newest = migrations.at(-1)?.version ?? 0;
  const postponed = new Map<number, Postponed>();
  let isNew: boolean | undefined;
  let isComplete = false;
  let applied = 0;
  for (;;) {
    const versions = await appliedVersions(database);
    const current = Math.max(0, ...versions);
    if (current > newest) throw tooNew(current, newest);
    if (isNew === undefined) onReached?.();
    isNew ??= current === 0;
    const leaves = leaveOptional && !isNew;
    const next = migrations.find(
      (migration) =>
        !versions.has(migration.version) &&
        !postponed.has(migration.version) &&
        !(leaves && isOptional(migration)),
    );
    if (next === undefined) {
      isComplete = migrations.every(({ version }) => versions.has(version));
      break;
    }
    const { version, name } = next;
    const rewritesRows = current > 0 && next.rewrites === true;
    const deadlineMs = givenMs ?? (rewritesRows ? REWRITE_DEADLINE_MS : QUERY_DEADLINE_MS);
    const outcome = await applyUnlessBusy(database, next, deadlineMs);
    switch (outcome) {
      case "applied":
        log.info({ version, name }, "Migration applied");
        applied += 1;
        break;
      case "busy":
        await delay(BUSY_INTERVAL_MS);
        break;
      default:
        postponed.set(version, outcome);
    }
  }
  reportPostponed(log, [...postponed.values()]);
  if (isComplete && distributes) {
    await distribute(database, { log, deadlineMs: givenMs ?? QUERY_DEADLINE_MS, movesRows });
  }
  return applied;
}

async function applyUnlessBusy(
  database: Database,
  migration: Migration,
  deadlineMs: number,
): Promise<"applied" | "busy" | Postponed> {
  const startedAtMs = performance.now();
  const mayPostpone = isOptional(migration);
  try {
    if (migration.builds !== undefined) {
      const built = await buildIndexes(database, migration.builds, deadlineMs);
      if (built === "busy") return "busy";
    }
    return await database.transaction(deadlineMs, async (tx) => {
      await tx`
        SELECT set_config('statement_timeout', ${String(deadlineMs)}, true), set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`;
      const [row] = await tx`SELECT pg_try_advisory_xact_lock(${MIGRATION_LOCK}) AS locked`;
      return row?.["locked"] === true ? await apply(tx, migration) : "busy";
    });
  } catch (error) {
    const isLate = performance.now() - startedAtMs >= deadlineMs;
    if (mayPostpone && isLate) return postponedByDeadline(migration, deadlineMs);
    const postponed = mayPostpone ? postponedByFailure(migration, error) : undefined;
    if (postponed !== undefined) return postponed;
    if (!isLate) throw error;
    const sentence = `The schema could not be migrated within ${deadlineMs} ms: \`queueflow migrate\` takes the time that it needs`;
    throw new QueueFlowError("database_unavailable", sentence, { cause: error });
  }
}

async function appliedVersions(database: Database): Promise<ReadonlySet<number>> {
  return await database.query(QUERY_DEADLINE_MS, async (sql) => {
    const [found] = await sql`
      SELECT to_regclass('schema_migrations') IS NOT NULL AS exists,
        current_setting('server_encoding') AS encoding`;
    if (found?.["encoding"] !== "UTF8") throw wrongEncoding(String(found?.["encoding"]));
    if (found["exists"] !== true) return new Set();
    return await readAppliedVersions(sql);
  });
}

/** In any other encoding most texts could not be stored, in a dead letter either. */
function wrongEncoding(encoding: string): QueueFlowError {
  return new QueueFlowError(
    "database_encoding",
    `The database has the encoding ${encoding}: give the engine one that was created with ENCODING 'UTF8'`,
  );
}

/** Returns `busy` when another process has applied it first. */
async function apply(
  tx: Transaction,
  migration: Migration,
): Promise<"applied" | "busy" | Postponed> {
  await tx`
    CREATE TABLE IF NOT EXISTS schema_migrations (
      version    INTEGER     PRIMARY KEY,
      name       TEXT        NOT NULL,
      applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
    )
  `;
  const { version, textKey } = migration;
  const found = await tx`SELECT FROM schema_migrations WHERE version = ${version}`;
  if (found.length > 0) return "busy";
  if (textKey !== undefined) {
    const duplicates = await findDuplicates(tx, textKey);
    if (duplicates.rows > 0) return postponedByDuplicates(migration, duplicates);
  }
  if (migration.rebuilds !== undefined) await mergeDuplicates(tx, migration.rebuilds);
  await applyMigration(tx, migration);
  return "applied";
}

/** The rest of the transaction must not use the index that accepted the duplicates. */
async function mergeDuplicates(tx: Transaction, key: TextKey): Promise<void> {
  const { rows } = await findDuplicates(tx, key);
  await setIndexScans(tx, "off");
  if (rows === 0) return;
  await tx.unsafe(`LOCK TABLE ${key.table} IN ACCESS EXCLUSIVE MODE`);
  await removeDuplicates(tx, [key]);
}

export async function applyMigration(
  tx: Transaction,
  { version, name, sql }: Migration,
): Promise<void> {
  await tx.unsafe(sql);
  await tx`INSERT INTO schema_migrations (version, name) VALUES (${version}, ${name})`;
}

function tooNew(current: number, newest: number): QueueFlowError {
  return new QueueFlowError(
    "schema_too_new",
    `The database has schema version ${current}, this binary knows ${newest}: run a newer binary`,
  );
}
