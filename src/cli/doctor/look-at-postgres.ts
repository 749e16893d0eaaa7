import type { EngineConfig } from "../../config/config.ts";
import { postgresConnectionsMax } from "../../config/postgres-connections.ts";
import { errorText, QueueFlowError } from "../../errors.ts";
import { Database } from "../../store/database.ts";
import { findBlockers } from "../../store/inspect/find-blockers.ts";
import { unacknowledgedLosses } from "../../store/inspect/list-losses.ts";
import { readChangedCollations } from "../../store/inspect/read-changed-collations.ts";
import { type PostgresState, readServerState } from "../../store/inspect/read-server-state.ts";
import { remedyFor } from "../../store/remedy.ts";
import { findAllDuplicates } from "../../store/schema/duplicates/find-all-duplicates.ts";
import { MIGRATIONS } from "../../store/schema/migrations.ts";
import { readSchemaState, type SchemaState } from "../../store/schema/read-schema-state.ts";
import { readHeldPrune } from "../../store/upkeep/held-prune.ts";
import { findDatabaseUrl } from "../find-servers.ts";
import { type Finding, notFound, ok, problem, warning } from "./finding.ts";
import { lookAtClock } from "./look-at-clock.ts";
import { lookAtCollations } from "./look-at-collations.ts";
import { lookAtKeys } from "./look-at-keys.ts";
import { lookAtLocks } from "./look-at-locks.ts";
import { lookAtLosses } from "./look-at-losses.ts";
import { lookAtRetention } from "./look-at-retention.ts";

const ABOUT = "PostgreSQL";
const CLOSE_TIMEOUT_MS = 1_000;
const LOSSES_DEADLINE_MS = 2_000;
const VERSION_NUMBER_MIN = 140_000;
/** Large tables take longer to read; those that were not are named. */
const DUPLICATES_BUDGET_MS = 60_000;
/** A batch takes up to ten seconds. */
const TRANSACTION_TIMEOUT_MS_MIN = 10_000;

/** Looks at the PostgreSQL in use: whether it answers, keeps what it commits, and has room for the engine. */
export async function lookAtPostgres(config: EngineConfig): Promise<readonly Finding[]> {
  let database: Database | undefined;
  let address = "it";
  try {
    const url = findDatabaseUrl(config);
    const { host, pathname } = new URL(url);
    address = `${host}${pathname}`;
    database = new Database({ url, connectionsMax: 1 });
    const beforeMs = Date.now();
    const state = await readServerState(database);
    const clock = { beforeMs, serverMs: state.clockMs, afterMs: Date.now() };
    return [
      ...lookAtServer(state, address),
      lookAtConnections(state, config),
      ...lookAtLocks(await findBlockers(database)),
      ...lookAtCollations(await readChangedCollations(database, state.versionNumber)),
      ...(await lookAtTables(database)),
      ...(await lookAtPruning(database, config)),
      ...(await lookAtStoredLosses(database)),
      lookAtClock("PostgreSQL clock", clock),
    ];
  } catch (error) {
    if (error instanceof QueueFlowError && error.code === "invalid_config") {
      return [notFound(ABOUT, error)];
    }
    const todo = remedyFor(error) ?? "Start it, correct DATABASE_URL, or open the way to it";
    return [problem(ABOUT, `${address} cannot be used: ${errorText(error)}`, todo)];
  } finally {
    await database?.close(CLOSE_TIMEOUT_MS);
  }
}

function lookAtServer(state: PostgresState, address: string): readonly Finding[] {
  const { version, versionNumber, encoding } = state;
  const found = `${address} has version ${version}`;
  const isOld = versionNumber < VERSION_NUMBER_MIN;
  return [
    isOld
      ? problem(ABOUT, `${found}, which is too old`, "Upgrade it to 14 or newer")
      : ok(ABOUT, found),
    encoding === "UTF8"
      ? ok("encoding", encoding)
      : problem("encoding", encoding, "Make the database anew with ENCODING 'UTF8'"),
    lookAtDurability(state),
    lookAtWrites(state),
    lookAtTimeouts(state),
  ];
}

/** Tells whether what is committed stays; the engine sets `synchronous_commit` for itself. */
export function lookAtDurability({
  fsync,
  fullPageWrites,
  synchronousCommit,
}: Pick<PostgresState, "fsync" | "fullPageWrites" | "synchronousCommit">): Finding {
  const about = "durability";
  if (!fsync) {
    return problem(about, "fsync is off: a crash loses stored events", "Set fsync = on");
  }
  if (synchronousCommit === "off") {
    const found =
      "synchronous_commit is off for the engine's sessions: a crash loses stored events";
    return problem(about, found, "Let nothing between the engine and PostgreSQL change it");
  }
  if (!fullPageWrites) {
    const found = "full_page_writes is off: a power cut may tear pages";
    return warning(
      about,
      found,
      "Set full_page_writes = on, unless its file system writes whole pages",
    );
  }
  return ok(about, `fsync on, full_page_writes on, synchronous_commit ${synchronousCommit}`);
}

function lookAtWrites({ isReplica, isReadOnly }: PostgresState): Finding {
  const about = "writes";
  if (isReplica) {
    return problem(about, "it is a replica, which takes none", "Set DATABASE_URL to the primary");
  }
  if (isReadOnly) {
    const todo = "Take back default_transaction_read_only of the server, the database or the user";
    return problem(about, "transactions are read-only", todo);
  }
  return ok(about, "it takes them");
}

function lookAtTimeouts({ transactionTimeoutMs, idleSessionTimeoutMs }: PostgresState): Finding {
  const about = "timeouts";
  if (transactionTimeoutMs > 0 && transactionTimeoutMs < TRANSACTION_TIMEOUT_MS_MIN) {
    const found = `transaction_timeout is ${transactionTimeoutMs} ms, and a batch may take 10 s`;
    return problem(about, found, "Set transaction_timeout of the engine's user to 0");
  }
  if (idleSessionTimeoutMs > 0) {
    const found = `idle_session_timeout is ${idleSessionTimeoutMs} ms: the engine connects again each time`;
    return warning(about, found, "Set idle_session_timeout of the engine's user to 0");
  }
  return ok(about, "none but the engine's own");
}

/** Tells whether the engine gets as many connections as it opens at most. */
function lookAtConnections(
  { connectionsMax, connectionsOfOthers }: PostgresState,
  config: EngineConfig,
): Finding {
  const about = "connections";
  const needed = postgresConnectionsMax(config);
  const free = Math.max(0, connectionsMax - connectionsOfOthers);
  const found = `the engine opens ${needed} at most, and ${free} of ${connectionsMax} are not taken by others`;
  const todo =
    "Raise max_connections, end other sessions, or lower INGEST_WORKERS and CONSUMER_WORKERS";
  if (needed > connectionsMax) return problem(about, found, todo);
  if (needed > free) return warning(about, found, todo);
  return ok(about, found);
}

/** The server answers: what fails here lies in the tables, and is not to hide what else was found. */
async function lookAtTables(database: Database): Promise<readonly Finding[]> {
  try {
    const state = await readSchemaState(database);
    const schema = lookAtSchema(state);
    const isThere = state.missingTables.length === 0 && state.missingRights.length === 0;
    if (!isThere) return [schema];
    return [schema, ...lookAtKeys(await findAllDuplicates(database, DUPLICATES_BUDGET_MS))];
  } catch (error) {
    const todo =
      remedyFor(error) ?? "See whether another session locks the table schema_migrations";
    return [problem("schema", `it cannot be read: ${errorText(error)}`, todo)];
  }
}

/** What fails here lies in the schema, which has a finding of its own. */
async function lookAtPruning(
  database: Database,
  { eventsRetentionDays }: EngineConfig,
): Promise<readonly Finding[]> {
  try {
    return [lookAtRetention(await readHeldPrune(database), eventsRetentionDays)];
  } catch {
    return [];
  }
}

/** Nothing where the table is missing, which is said of the schema. */
async function lookAtStoredLosses(database: Database): Promise<readonly Finding[]> {
  try {
    return [lookAtLosses(await database.query(LOSSES_DEADLINE_MS, unacknowledgedLosses))];
  } catch {
    return [];
  }
}

function lookAtSchema({ version, missingTables, missingRights }: SchemaState): Finding {
  const about = "schema";
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  if (version > newest) {
    const found = `version ${version}, and this binary knows ${newest}`;
    return problem(about, found, "Run a newer binary");
  }
  if (missingRights.length > 0) {
    const found = `the user lacks ${missingRights.join(", ")}`;
    return problem(
      about,
      found,
      "Grant the engine's user all rights to the tables and to their sequences",
    );
  }
  if (version < newest) {
    const found =
      version === 0 ? "no tables yet" : `version ${version}, and this binary makes ${newest}`;
    return warning(about, found, "Start the engine, or run `queueflow migrate`, which make it");
  }
  if (missingTables.length > 0) {
    const todo = "See whether this is the right database, and restore its tables";
    return problem(about, `it lacks ${missingTables.join(", ")}`, todo);
  }
  return ok(about, `version ${version}, as this binary has it`);
}
