import { STATEMENT_TIMEOUT_MS } from "./session-settings.ts";

/* Deadlines also cover a server or a network that does not respond, unlike `statement_timeout`. */

/** For commands and retention. */
export const QUERY_DEADLINE_MS = STATEMENT_TIMEOUT_MS;

/** For each check of `doctor`: just longer than connecting may take. */
export const CHECK_DEADLINE_MS = 3_000;

/** For the reclaimer, which has other work to do. */
export const WATCH_DEADLINE_MS = 2_000;

/** For reading whole tables: hundreds of millions of rows take hours. */
export const UPKEEP_DEADLINE_MS = 6 * 60 * 60 * 1_000;
