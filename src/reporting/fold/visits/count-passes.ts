import type { EventField } from "../fields/event-field.ts";
import { Verdicts } from "../filters/verdicts.ts";
import type { VisitPass } from "./visit-pass.ts";
import type { VisitTable } from "./visit-table.ts";

/** Counts the visits' events other than `engagement`. */
export function interactionsPass(types: EventField, table: VisitTable): VisitPass {
  return {
    prepare: (day, pace) => types.prepare(day, pace),
    fold: ({ day, from, to }, engagement) => {
      const index = types.dayIds(day)?.index;
      if (index === undefined) return;
      const values = table.interactions.ensure(table.size);
      const { visits } = day;
      for (let at = from; at < to; at++) {
        const visit = visits[at] ?? 0;
        if (visit >= 0 && index[at] !== engagement) values[visit] = (values[visit] ?? 0) + 1;
      }
    },
  };
}

/** Counts the visits' page views. */
export function pageViewsPass(
  types: EventField,
  pageViewTypes: ReadonlySet<string>,
  table: VisitTable,
): VisitPass {
  const verdicts = new Verdicts((type) => type !== null && pageViewTypes.has(type));
  return {
    prepare: async (day, pace) => {
      await types.prepare(day, pace);
      await verdicts.prepare(types.ids, pace);
    },
    fold: ({ day, from, to }) => {
      const known = types.dayIds(day);
      if (known === undefined) return;
      const { index, ids } = known;
      const values = table.pageViews.ensure(table.size);
      const { visits } = day;
      for (let at = from; at < to; at++) {
        const visit = visits[at] ?? 0;
        const isPageView = verdicts.table[ids[index[at] ?? 0] ?? 0] ?? 0;
        if (visit >= 0) values[visit] = (values[visit] ?? 0) + isPageView;
      }
    },
  };
}
