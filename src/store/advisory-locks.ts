/*
 * Keys of PostgreSQL's advisory locks. Any number works that no other program uses on the same database; each of these spells
 * its name in ASCII.
 */

/** Held while a migration is applied: "QFmi". */
export const MIGRATION_LOCK = 0x51466d69;

/** Held by transactions that rebuild a day or delete old events, so that one runs at a time: "QFup". */
export const UPKEEP_LOCK = 0x51467570;

/** Held while a floor is raised, so that a slower transaction does not lower it: "QFfl". */
export const FLOOR_LOCK = 0x5146666c;

/** Held from the lookup of known keys until commit, so that no other batch copies them in between: "QFus". */
export const NEW_KEYS_LOCK = 0x51467573;
