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
/** To read a day for an export. Less than the supervisor lets a thread work on one thing. */
export const EXPORT_STEP_MS_MAX = 25_000;
/** How long one question may keep others, heartbeats and cancellations waiting. */
export const SLICE_MS = 5;
