import { sqlState } from "./database-error.ts";
import { SESSION_SETTINGS } from "./session-settings.ts";

/** A query that shows whether the settings with which a connection was opened hold, in milliseconds. */
export const SHOW_SETTING = "SELECT setting FROM pg_settings WHERE name = 'lock_timeout'";
const SETTING = String(SESSION_SETTINGS.lock_timeout);

/** How PgBouncer refuses a setting at the start of a connection. */
const PROTOCOL_VIOLATION = "08P01";

/**
 * Returns whether a pooler, such as PgBouncer, stands in front of PostgreSQL and may give each transaction another session. It refuses
 * settings that are sent when a connection is opened, or ignores them.
 *
 * @throws What `show` throws otherwise.
 */
export async function looksPooled(show: () => Promise<string | undefined>): Promise<boolean> {
  try {
    return (await show()) !== SETTING;
  } catch (error) {
    if (sqlState(error) === PROTOCOL_VIOLATION) return true;
    throw error;
  }
}
