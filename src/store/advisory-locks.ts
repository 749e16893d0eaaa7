/* Keys of advisory locks. Each spells a name in ASCII. */

/** "QFmi". */
export const MIGRATION_LOCK = 0x51466d69;

/** "QFix". Not `MIGRATION_LOCK`: a backup waits for that in a snapshot, which building an index waits for. */
export const INDEX_LOCK = 0x51466978;

/** "QFup". Lets one transaction at a time rebuild a day or delete old events. */
export const UPKEEP_LOCK = 0x51467570;

/** "QFfl". Keeps a slower transaction from lowering a floor. */
export const FLOOR_LOCK = 0x5146666c;

/** "QFus". Held from the lookup of known keys until commit. */
export const NEW_KEYS_LOCK = 0x51467573;

/** "QFwt". With a second key, a witness that the server is the same and has not crashed. */
export const WITNESS_LOCK = 0x51467774;
