import type { Database } from "../database.ts";
import { CONNECT_TIMEOUT_S } from "../open-connection.ts";

/** Longer than connecting may take, so that the driver's error names the server. */
const SERVER_DEADLINE_MS = CONNECT_TIMEOUT_S * 1_000 + 500;
/** Short: `status` shows everything else while another session locks the table. */
const TABLE_DEADLINE_MS = 2_000;

/** Reads PostgreSQL's version. */
export async function readVersion(database: Database): Promise<string> {
  return await database.query(SERVER_DEADLINE_MS, async (sql) => {
    const [server] = await sql`SELECT current_setting('server_version') AS version`;
    return String(server?.["version"]);
  });
}

/** Reads when the newest event was received, as an ISO string; null without events. */
export async function readNewest(database: Database): Promise<string | null> {
  return await database.query(TABLE_DEADLINE_MS, async (sql) => {
    const [event] = await sql`SELECT received_at FROM events ORDER BY id DESC LIMIT 1`;
    const receivedAt: unknown = event?.["received_at"];
    return receivedAt instanceof Date ? receivedAt.toISOString() : null;
  });
}
