import { sqlState } from "./database-error.ts";
import { SESSION_SETTINGS } from "./session-settings.ts";

/** A query that shows whether the settings with which a connection was opened hold, in milliseconds, and whether there is Citus. */
export const LOOK_AT_SERVER = `
  SELECT setting, to_regclass('pg_catalog.pg_dist_node') IS NOT NULL AS "hasCitus" FROM pg_settings WHERE name = 'lock_timeout'`;
const SETTING = String(SESSION_SETTINGS.lock_timeout);

/** How PgBouncer refuses a setting at the start of a connection. */
const PROTOCOL_VIOLATION = "08P01";

export interface ServerLook {
  readonly setting: string;
  readonly hasCitus: boolean;
}

export interface ServerKind {
  /** Whether a pooler, such as PgBouncer, stands in front of PostgreSQL and may give each transaction another session. */
  readonly isPooled: boolean;
  /** Whether the tables may be distributed. */
  readonly hasCitus: boolean;
}

/**
 * Returns what stands behind a URL. A pooler refuses settings that are sent when a connection is opened, or ignores them. `look` gives the row
 * of `LOOK_AT_SERVER` on a connection for the kind that is known so far.
 *
 * @throws What `look` throws otherwise.
 */
export async function serverKind(
  look: (isPooled: boolean) => Promise<ServerLook | undefined>,
): Promise<ServerKind> {
  try {
    const row = await look(false);
    return { isPooled: row?.setting !== SETTING, hasCitus: row?.hasCitus === true };
  } catch (error) {
    if (sqlState(error) !== PROTOCOL_VIOLATION) throw error;
    const row = await look(true);
    return { isPooled: true, hasCitus: row?.hasCitus === true };
  }
}
