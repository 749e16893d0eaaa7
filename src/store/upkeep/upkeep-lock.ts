/**
 * Held by the transactions that count a day again and by those that delete old events, one at a time. Any number will do
 * that no other program locks: the bytes of "QFup".
 */
export const UPKEEP_LOCK = 0x51467570;

/** How long a statement of a command may take that reads whole tables, in milliseconds. */
export const UPKEEP_DEADLINE_MS = 6 * 60 * 60 * 1_000;
