import { testedBy } from "./courses.ts";
import type { Mutant } from "./mutant.ts";

const PACE = testedBy("test/unit/reporting/packing/pace.test.ts");
const PARTS = testedBy("test/unit/reporting/packing/plan-parts.test.ts");
const PREPARED = testedBy("test/reporting/packing/prepare-packing.test.ts");
const TAILS = testedBy("test/unit/reporting/packing/tails.test.ts");
const VISITS = testedBy("test/reports/visits-and-days.test.ts");

/** When and how rows are packed, and which of them a prune leaves. */
export const PACKING_MUTANTS: readonly Mutant[] = [
  {
    name: "prune-before-merge",
    promise: "a prune keeps the order of an instant over two parts",
    file: "src/store/upkeep/old-events.ts",
    find: 'WHERE ${sql.unsafe(startOfParts)} ${ofSite(sql, "part", page)} ${sql.unsafe(endOfParts)} OR ',
    replace: "WHERE ",
    course: VISITS,
  },
  {
    name: "prune-half-packed-days",
    promise: "a prune keeps the rows of a day that is packed in half",
    file: "src/store/upkeep/old-events.ts",
    find: " OR ${lacksEvents(sql, page)}",
    replace: "",
    course: VISITS,
  },
  {
    name: "packing-waits-for-ever",
    promise: "a backlog delays packing by ten minutes at most",
    file: "src/reporting/packing/pace.ts",
    find: "return hasWaited || largestTail",
    replace: "return largestTail",
    course: PACE,
  },
  {
    name: "packing-waits-with-any-tail",
    promise: "a tail of a million rows is packed in spite of a backlog",
    file: "src/reporting/packing/pace.ts",
    find: "hasWaited || largestTail >= TAIL_ROWS_MAX",
    replace: "hasWaited",
    course: PACE,
  },
  {
    name: "small-tails-stay",
    promise: "a small tail is packed after half an hour",
    file: "src/reporting/packing/tails.ts",
    find: " || nowMs - sinceMs >= AGE_DUE_MS",
    replace: "",
    course: TAILS,
  },
  {
    name: "sites-with-more-rows-are-forgotten",
    promise: "a site is packed until it has no more rows",
    file: "src/reporting/packing/tails.ts",
    find: "if (hasMore) tail.rows",
    replace: "if (hasMore && tail.rows > rows) tail.rows",
    course: TAILS,
  },
  {
    name: "parts-grow-without-bound",
    promise: "a part has a bounded number of events",
    file: "src/reporting/packing/plan-parts.ts",
    find: " || runSum + part.events > PART_EVENTS_MAX",
    replace: "",
    course: PARTS,
  },
  {
    name: "sequence-stays-low",
    promise: "new ids are above every packed one",
    file: "src/reporting/packing/prepare-packing.ts",
    find: "  await raiseSequence(database, packedId);\n",
    replace: "",
    course: PREPARED,
  },
];
