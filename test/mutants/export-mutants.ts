import { testedBy } from "./courses.ts";
import type { Mutant } from "./mutant.ts";

const FORMATS = testedBy("test/unit/reporting/export-formats.test.ts");

/** Events that leave in an export, and come back by an import. */
export const EXPORT_MUTANTS: readonly Mutant[] = [
  {
    name: "export-repeats-the-last-event",
    promise: "an export goes on after the event that a client has",
    file: "src/reporting/export/export-cursor.ts",
    find: '(identified?.idAt(i) ?? "") <= last.eventId',
    replace: '(identified?.idAt(i) ?? "") < last.eventId',
    course: testedBy("test/unit/reporting/export-cursor.test.ts"),
  },
  {
    name: "export-swaps-ids",
    promise: "an exported event has its own id",
    file: "src/reporting/export/order-events.ts",
    find: "?.shift() ?? at;",
    replace: "?.length === 0 ? 0 : at;",
    course: testedBy("test/unit/reporting/order-events.test.ts"),
  },
  {
    name: "export-ends-in-silence",
    promise: "an export that fails is cut off",
    file: "src/http/routes/export/export-body.ts",
    find: "controller.error();",
    replace: "controller.close();",
    course: testedBy("test/unit/export-body.test.ts"),
  },
  {
    name: "export-ignores-filters",
    promise: "an export has the events that pass its filters",
    file: "src/reporting/export/export-day.ts",
    find: "passes === undefined || passes[place] === 1",
    replace: "passes === undefined || passes.length > 0",
    course: FORMATS,
  },
  {
    name: "formulas-in-cells",
    promise: "no spreadsheet calculates a cell",
    file: "src/event/csv-cell.ts",
    find: "FORMULA.test(text) ? `${MARK}${text}` : text",
    replace: "text",
    course: testedBy("test/unit/csv-cell.test.ts"),
  },
  {
    name: "internal-fields-of-anybody",
    promise: "only an admin key sends internal fields",
    file: "src/accept/accept-events.ts",
    find: 'sender?.key?.kind === "admin"',
    replace: "sender !== undefined",
    course: testedBy("test/system/access.test.ts"),
  },
];
