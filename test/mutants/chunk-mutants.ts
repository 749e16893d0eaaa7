import { testedBy } from "./courses.ts";
import type { Mutant } from "./mutant.ts";

const COLUMNS = testedBy("test/unit/reporting/columns.test.ts");
const RANDOM_REPORTS = testedBy("test/reports/random-reports.test.ts");
const INTERNERS = testedBy("test/unit/reporting/interners.test.ts");
const SNAPSHOTS = testedBy("test/store/reports/site-snapshot.test.ts");
const SUSPENDED = testedBy("test/store/reports/suspended-server.test.ts");

/** Days that are packed or read wrongly. */
export const CHUNK_MUTANTS: readonly Mutant[] = [
  {
    name: "chunks-check-no-sum",
    promise: "a damaged column is an error, not a number",
    file: "src/reporting/columns/sealed-column.ts",
    find: "if (viewOf(sealed).getUint32(2, true) !== checksum(place, sealed)) {",
    replace: "if (viewOf(sealed).getUint32(2, true) === -1) {",
    course: COLUMNS,
  },
  {
    name: "chunks-sum-no-place",
    promise: "a column of another chunk is an error",
    file: "src/reporting/columns/sealed-column.ts",
    find: "Bun.hash.crc32(`${name} ${events} ${sealed[0]} ${sealed[1]}`)",
    replace: "Bun.hash.crc32(`${sealed[0]} ${sealed[1]}`)",
    course: COLUMNS,
  },
  {
    name: "chunks-see-no-ties",
    promise: "events of an instant are ordered by event_id, in whatever parts they are",
    file: "src/reporting/columns/merge/merge-day-events.ts",
    find: "else if (seenAt[user] === instant) return true;",
    replace: "else if (seenAt[user] === instant) return false;",
    course: COLUMNS,
  },
  {
    name: "chunks-join-users-by-hash",
    promise: "two users of one hash stay two",
    file: "src/reporting/columns/merge/merge-users.ts",
    find: "return a.userTexts && b.userTexts ? compareTexts(a.userTexts, i, b.userTexts, j) : 0;",
    replace: "return 0;",
    course: COLUMNS,
  },
  {
    name: "merge-keeps-the-first-part",
    promise: "a merge has the events of all parts, whatever columns were read",
    file: "src/reporting/columns/merge/merge-users.ts",
    find: "return { users: first.users, userIndex: first.userIndex };",
    replace: "return first;",
    course: COLUMNS,
  },
  {
    name: "all-begins-with-the-utc-day",
    promise: "the range `all` begins with the local date of the first event",
    file: "src/reporting/snapshot/read-bounds.ts",
    find: "(first?.events.times.at(0) ?? 0)",
    replace: "0",
    course: RANDOM_REPORTS,
  },
  {
    name: "rows-ignore-event-ids",
    promise: "events of an instant are ordered by event_id",
    file: "src/reporting/columns/rows/row-order.ts",
    find: "if (eventIds !== undefined) orderInstants(day, eventIds);",
    replace: "",
    course: COLUMNS,
  },
  {
    name: "users-intern-half-a-hash",
    promise: "users are told apart by all bits of their hash",
    file: "src/reporting/columns/user-interner.ts",
    find: "if (slots[slot] === high && slots[slot + 1] === low) {",
    replace: "if (slots[slot + 1] === low) {",
    course: INTERNERS,
  },
  {
    name: "snapshot-counts-nothing",
    promise: "chunks and tail are checked against the day's total",
    file: "src/reporting/snapshot/snapshot-days.ts",
    find: "const isWhole = counted === totalViews;",
    replace: "const isWhole = counted >= 0 && totalViews >= 0;",
    course: SNAPSHOTS,
  },
  {
    name: "snapshot-keeps-ties",
    promise: "a day with ties is read raw",
    file: "src/reporting/snapshot/snapshot-days.ts",
    find: "hasTies ? await this.#inOrder(day.contents, events) : events",
    replace: "hasTies ? events : events",
    course: SNAPSHOTS,
  },
  {
    name: "snapshot-has-no-budget",
    promise: "a question that reads too many events is refused",
    file: "src/reporting/snapshot/snapshot-days.ts",
    find: "if (this.#events <= eventsMax) return;",
    replace: "if (this.#events >= 0) return;",
    course: SNAPSHOTS,
  },
  {
    name: "snapshot-reads-any-tail",
    promise: "a tail that is too long is refused",
    file: "src/reporting/snapshot/open-site-snapshot.ts",
    find: "if (rows <= rowsMax) return;",
    replace: "if (rows >= 0) return;",
    course: SNAPSHOTS,
  },
  {
    name: "snapshot-trusts-damage",
    promise: "a damaged chunk is read raw, or fails the question",
    file: "src/reporting/snapshot/snapshot-days.ts",
    find: "const damage = damageOf(day, this.#columns);",
    replace: "const damage = damageOf(day, []);",
    course: SNAPSHOTS,
  },
  {
    name: "cache-ignores-versions",
    promise: "a chunk that was made again is read again",
    file: "src/reporting/snapshot/load-chunks.ts",
    find: "return `${version} ${date} ${part} ${siteId}`;",
    replace: "return `${version.length} ${date} ${part} ${siteId}`;",
    course: SNAPSHOTS,
  },
  {
    name: "questions-read-others-columns",
    promise: "a question merges its own columns only",
    file: "src/reporting/snapshot/merged-day.ts",
    find: "for (const name of names) {",
    replace: "for (const name of chunk.columns.keys()) {",
    course: SNAPSHOTS,
  },
  {
    name: "reads-outlive-their-client",
    promise: "a statement ends when its client leaves",
    file: "src/store/reports/read-transaction.ts",
    find: "unlessAborted(work, signal)",
    replace: "work",
    course: SNAPSHOTS,
  },
  {
    name: "reads-have-no-deadline",
    promise: "a question does not wait for a suspended PostgreSQL",
    file: "src/store/reports/read-transaction.ts",
    find: "{ deadlineMs: DEADLINE_MS, onLate }",
    replace: "{ deadlineMs: 100 * DEADLINE_MS, onLate }",
    course: SUSPENDED,
  },
];
