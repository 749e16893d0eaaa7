/** In one thread, those that it works on included. */
export const QUESTIONS_MAX = 64;
/** Each holds a connection, and overlaps reading with the computing of others. */
export const RUNNING_MAX = 4;
/** Leaves room for other sites. */
export const RUNNING_OF_SITE_MAX = 2;
/** A question that has waited longer is refused: the thread cannot keep up. */
export const WAIT_MS_MAX = 5_000;
/** For reading and computing. */
export const QUERY_MS_MAX = 10_000;
export const QUESTION_AGE_MS_MAX: number = WAIT_MS_MAX + QUERY_MS_MAX;
/** How long one question may keep others, heartbeats and cancellations waiting. */
export const SLICE_MS = 5;
