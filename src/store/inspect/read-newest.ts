import type { Database } from "../database.ts";

/** Longer than the driver waits for a connection, so that it can say so. */
const SERVER_DEADLINE_MS = 2_500;
const TABLE_DEADLINE_MS = 2_000;

/** PostgreSQL's version: it answers. */
export async function readVersion(database: Database): Promise<string> {
  return await database.query(SERVER_DEADLINE_MS, async (sql) => {
    const [server] = await sql`SELECT current_setting('server_version') AS version`;
    return String(server?.["version"]);
  });
}

/** When the event that was stored last was received; null where there is none. It waits while another session locks the table. */
export async function readNewest(database: Database): Promise<string | null> {
  return await database.query(TABLE_DEADLINE_MS, async (sql) => {
    const [event] = await sql`SELECT received_at FROM events ORDER BY id DESC LIMIT 1`;
    const receivedAt: unknown = event?.["received_at"];
    return receivedAt instanceof Date ? receivedAt.toISOString() : null;
  });
}
