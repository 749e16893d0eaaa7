/** From so many on a transaction costs hardly less an event when it has more; such batches come when a backlog waits. */
export const LARGE_BATCH_ENTRIES = 2_000;
