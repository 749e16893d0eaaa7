/** How long a thread waits for its connection to Redis before it begins without it, in milliseconds. */
export const REDIS_READY_MS_MAX = 2_000;
/** How long a query in flight may hold up the close of a thread's connections to PostgreSQL, in milliseconds. */
export const DATABASE_CLOSE_MS_MAX = 1_000;
