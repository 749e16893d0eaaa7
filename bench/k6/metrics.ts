import { Counter, Gauge, Trend } from "k6/metrics";

export const eventsAccepted = new Counter("events_accepted");
/** By `status`. */
export const eventsFailed = new Counter("events_failed");
/**
 * Accepted events minus stored ones: 1 is added for each accepted event, and the stored ones are subtracted at the end. A threshold
 * sees one metric only, and no VU knows the sum of the others.
 */
export const eventsMissing = new Counter("events_missing");
/** Stored events minus those that may have been stored: the accepted ones, and those with an unknown outcome. */
export const eventsSurplus = new Counter("events_surplus");
/** Days of sites whose stored events could not be read at the end. */
export const daysUnread = new Counter("days_unread");

/** Reads of a day that has events. */
export const readsAnswered = new Counter("reads_answered");
/** By `status`; 200 for a day that has events and was returned without. */
export const readsFailed = new Counter("reads_failed");

/** Age of the oldest event that is not stored, according to `/stats`. */
export const storingLag = new Trend("storing_lag", true);
export const lagSamples = new Counter("lag_samples");

/** The median in the last tenth of a soak divided by that in its first tenth; `of` says of what. */
export const growth = new Gauge("growth");
export const growthSamples = new Counter("growth_samples");
export const deadLettersAdded = new Counter("dead_letters_added");
