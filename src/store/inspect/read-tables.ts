import { errorText } from "../../errors.ts";
import type { Loss } from "../../event/loss.ts";
import type { Database } from "../database.ts";
import { isDistributed } from "../distribution/is-distributed.ts";
import { CONNECT_TIMEOUT_S } from "../open-connection.ts";
import { type HeldPrune, readHeldPrune } from "../upkeep/retention-state.ts";
import { probeDatabase } from "./probe-database.ts";

/** Longer than connecting may take, so that its error names the server. */
const SERVER_DEADLINE_MS = CONNECT_TIMEOUT_S * 1_000 + 500;
/** Short: `status` shows everything else while another session locks the table. */
const TABLE_DEADLINE_MS = 2_000;

/** Null means unknown, or none. */
export interface TablesState {
  /** When the newest event was received, as an ISO string. */
  readonly receivedAt: string | null;
  readonly deadLetters: number | null;
  readonly losses: readonly Loss[] | undefined;
  readonly heldPrune: HeldPrune | null;
  readonly isDistributed: boolean | null;
  readonly error: string | null;
}

/** Never rejects. */
export async function readTables(database: Database): Promise<TablesState> {
  let receivedAt: string | null = null;
  let error: string | null = null;
  try {
    receivedAt = await readNewest(database);
  } catch (failure) {
    error = errorText(failure);
  }
  const { deadLetters = null, losses } = await probeDatabase(database);
  if (deadLetters === null) error ??= "dead_events cannot be counted";
  const heldPrune = (await readHeldPrune(database).catch(() => undefined)) ?? null;
  const distributed = await database.query(TABLE_DEADLINE_MS, isDistributed).catch(() => null);
  return { receivedAt, deadLetters, losses, heldPrune, isDistributed: distributed, error };
}

export async function readVersion(database: Database): Promise<string> {
  return await database.query(SERVER_DEADLINE_MS, async (sql) => {
    const [server] = await sql`SELECT current_setting('server_version') AS version`;
    return String(server?.["version"]);
  });
}

/** Returns an ISO string. */
export async function readNewest(database: Database): Promise<string | null> {
  return await database.query(TABLE_DEADLINE_MS, async (sql) => {
    const [event] = await sql`SELECT received_at FROM events ORDER BY id DESC LIMIT 1`;
    const receivedAt: unknown = event?.["received_at"];
    return receivedAt instanceof Date ? receivedAt.toISOString() : null;
  });
}
