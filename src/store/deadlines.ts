import { STATEMENT_TIMEOUT_MS } from "./session-settings.ts";

/*
 * Deadlines of queries, in milliseconds. A server that responds ends a slow statement itself, at `statement_timeout`; a deadline
 * also covers a server or a network that does not respond.
 */

/** For queries of commands and of retention: as long as PostgreSQL works on a statement. */
export const QUERY_DEADLINE_MS = STATEMENT_TIMEOUT_MS;

/** For each check of `doctor`, which makes many: just longer than connecting may take. */
export const CHECK_DEADLINE_MS = 3_000;

/** For the short queries that the reclaimer makes between its other work, which must not wait longer. */
export const WATCH_DEADLINE_MS = 2_000;

/** For statements of commands that read whole tables: hundreds of millions of rows take hours. */
export const UPKEEP_DEADLINE_MS = 6 * 60 * 60 * 1_000;
