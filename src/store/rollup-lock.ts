/**
 * Held by every batch from before it looks for users until its transaction ends, so that what it has not found nobody
 * else adds meanwhile. Batches that share a user or a path waited for each other before, too, and large ones do share
 * some. Any number will do that no other program locks: the bytes of "QFro".
 */
export const ROLLUP_LOCK = 0x5146726f;
