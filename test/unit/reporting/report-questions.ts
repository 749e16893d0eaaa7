import type { Question } from "../../../src/reporting/questions/messages.ts";

/** A question that differs from others by its site only. */
export function questionOf(siteId: string): Question {
  return {
    kind: "report",
    format: "json",
    query: {
      siteId,
      metrics: ["visitors"],
      dimensions: [],
      dateRange: { kind: "preset", preset: "day" },
      include: { timeLabels: false, totalRows: false },
      orderBy: [],
      limit: 100,
      offset: 0,
    },
  };
}
