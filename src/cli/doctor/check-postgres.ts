import type { EngineConfig } from "../../config/config.ts";
import { postgresConnectionsMax } from "../../config/postgres-connections.ts";
import { errorText } from "../../errors.ts";
import { databaseAddress } from "../../server-address.ts";
import { readAccess } from "../../store/access/read-access.ts";
import { readCitusState } from "../../store/distribution/read-citus-state.ts";
import { findBlockers } from "../../store/inspect/find-blockers.ts";
import { findWriters } from "../../store/inspect/find-writers.ts";
import { unacknowledgedLosses } from "../../store/inspect/losses.ts";
import { readChangedCollations } from "../../store/inspect/read-changed-collations.ts";
import { type PostgresState, readServerState } from "../../store/inspect/read-server-state.ts";
import { migrationsBeforePacking, readSequenceState } from "../../store/packing/check-packing.ts";
import { remedyFor } from "../../store/remedy.ts";
import { readHeldPrune } from "../../store/upkeep/retention-state.ts";
import { isUsageError, type Servers } from "../servers.ts";
import { checkAccess } from "./check-access.ts";
import { checkCitus } from "./check-citus.ts";
import { checkServerClock } from "./check-clocks.ts";
import { checkCollations } from "./check-keys.ts";
import { checkLocks } from "./check-locks.ts";
import { checkLosses } from "./check-losses.ts";
import { checkPacking } from "./check-packing.ts";
import { missingServer } from "./check-redis.ts";
import { checkRetention } from "./check-retention.ts";
import { checkSchema } from "./check-schema.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "PostgreSQL";
const LOSSES_DEADLINE_MS = 2_000;
const ACCESS_DEADLINE_MS = 2_000;
const VERSION_NUMBER_MIN = 140_000;
/** A batch takes up to ten seconds. */
const TRANSACTION_TIMEOUT_MS_MIN = 10_000;
const LONG_WRITE_MS_MIN = 30_000;

/** Checks that PostgreSQL is reachable, keeps what it commits, and has room for the engine. */
export async function checkPostgres(servers: Servers): Promise<readonly Finding[]> {
  let address = "the database";
  try {
    address = databaseAddress(servers.databaseUrl);
    const { config, database } = servers;
    const beforeMs = Date.now();
    const state = await readServerState(database);
    const clock = { beforeMs, serverMs: state.clockMs, afterMs: Date.now() };
    return [
      ...checkServer(state, address),
      checkConnections(state, config),
      ...checkLocks(await findBlockers(database)),
      ...checkCollations(await readChangedCollations(database, state.versionNumber)),
      ...(await checkSchema(database)),
      ...(await ifReadable(async () => checkCitus(await readCitusState(database)))),
      ...(await ifReadable(async () =>
        checkAccess(config, (await readAccess(database, ACCESS_DEADLINE_MS))?.keys ?? []),
      )),
      ...(await ifReadable(async () =>
        checkRetention(await readHeldPrune(database), config.eventsRetentionDays),
      )),
      ...(await ifReadable(async () =>
        checkPacking({
          migrations: await migrationsBeforePacking(database),
          sequence: await readSequenceState(database),
          writers: await findWriters(database, LONG_WRITE_MS_MIN),
        }),
      )),
      ...(await ifReadable(async () =>
        checkLosses(await database.query(LOSSES_DEADLINE_MS, unacknowledgedLosses)),
      )),
      checkServerClock("PostgreSQL clock", clock),
    ];
  } catch (error) {
    if (isUsageError(error)) return [missingServer(ABOUT, error.message)];
    const todo =
      remedyFor(error) ??
      "Start it, correct DATABASE_URL, or check the network and firewalls in between";
    return [problem(ABOUT, `cannot use ${address}: ${errorText(error)}`, todo)];
  }
}

function checkServer(state: PostgresState, address: string): readonly Finding[] {
  const { version, versionNumber, encoding } = state;
  const found = `${address} has version ${version}`;
  const isOld = versionNumber < VERSION_NUMBER_MIN;
  return [
    isOld
      ? problem(ABOUT, `${found}, which is too old`, "Upgrade it to 14 or newer")
      : ok(ABOUT, found),
    encoding === "UTF8"
      ? ok("encoding", encoding)
      : problem("encoding", encoding, "Create the database again with ENCODING 'UTF8'"),
    checkDurability(state),
    checkWrites(state),
    checkTimeouts(state),
  ];
}

/** Checks that commits survive a crash. The engine sets `synchronous_commit` for itself. */
export function checkDurability({
  fsync,
  fullPageWrites,
  synchronousCommit,
}: Pick<PostgresState, "fsync" | "fullPageWrites" | "synchronousCommit">): Finding {
  const about = "durability";
  if (!fsync) {
    return problem(about, "fsync is off: a crash loses stored events", "Set fsync = on");
  }
  if (synchronousCommit === "off") {
    const found = "synchronous_commit is off in the engine's sessions: a crash loses stored events";
    const todo = "Remove the proxy or pooler setting that turns it off";
    return problem(about, found, todo);
  }
  if (!fullPageWrites) {
    const found = "full_page_writes is off: a power failure may corrupt pages";
    const todo = "Set full_page_writes = on, unless the file system writes whole pages";
    return warning(about, found, todo);
  }
  return ok(about, `fsync on, full_page_writes on, synchronous_commit ${synchronousCommit}`);
}

function checkWrites({ isReplica, isReadOnly }: PostgresState): Finding {
  const about = "writes";
  if (isReplica) {
    return problem(about, "replica, which accepts none", "Set DATABASE_URL to the primary");
  }
  if (isReadOnly) {
    const todo = "Reset default_transaction_read_only of the server, the database or the user";
    return problem(about, "transactions are read-only", todo);
  }
  return ok(about, "accepted");
}

function checkTimeouts({ transactionTimeoutMs, idleSessionTimeoutMs }: PostgresState): Finding {
  const about = "timeouts";
  if (transactionTimeoutMs > 0 && transactionTimeoutMs < TRANSACTION_TIMEOUT_MS_MIN) {
    const found = `transaction_timeout is ${transactionTimeoutMs} ms, but a batch may take 10 s`;
    return problem(about, found, "Set transaction_timeout of the engine's user to 0");
  }
  if (idleSessionTimeoutMs > 0) {
    const found = `idle_session_timeout is ${idleSessionTimeoutMs} ms: the engine has to reconnect every time`;
    return warning(about, found, "Set idle_session_timeout of the engine's user to 0");
  }
  return ok(about, "none besides the engine's own");
}

function checkConnections(
  { connectionsMax, connectionsOfOthers }: PostgresState,
  config: EngineConfig,
): Finding {
  const about = "connections";
  const needed = postgresConnectionsMax(config);
  const free = Math.max(0, connectionsMax - connectionsOfOthers);
  const found = `the engine needs up to ${needed}; ${free} of ${connectionsMax} are available to it`;
  const todo =
    "Raise max_connections, end other sessions, or lower INGEST_WORKERS, CONSUMER_WORKERS and REPORT_WORKERS";
  if (needed > connectionsMax) return problem(about, found, todo);
  if (needed > free) return warning(about, found, todo);
  return ok(about, found);
}

/** Returns nothing when the table cannot be read: `checkSchema` reports that. */
async function ifReadable(
  check: () => Promise<Finding | readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return [await check()].flat();
  } catch {
    return [];
  }
}
