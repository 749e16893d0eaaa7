import type { Database } from "./database.ts";

const DEADLINE_MS = 2_000;

/** PostgreSQL's version, and when the event that was stored last was received; null where there is none. */
export async function readNewest(
  database: Database,
): Promise<{ readonly version: string; readonly receivedAt: string | null }> {
  return await database.query(DEADLINE_MS, async (sql) => {
    const [server] = await sql`
      SELECT current_setting('server_version') AS version,
        to_regclass('events') IS NOT NULL AS has_events`;
    const version = String(server?.["version"]);
    if (server?.["has_events"] !== true) return { version, receivedAt: null };
    const [event] = await sql`SELECT received_at FROM events ORDER BY id DESC LIMIT 1`;
    const receivedAt: unknown = event?.["received_at"];
    return { version, receivedAt: receivedAt instanceof Date ? receivedAt.toISOString() : null };
  });
}
