export const REPORT_PERIODS = ["day", "week", "month"] as const;
export type ReportPeriod = (typeof REPORT_PERIODS)[number];

export interface ReportDates {
  readonly from: string;
  readonly to: string;
}

/** Returns the dates of the last period that is over in a time zone. Weeks begin on Monday. */
export function lastPeriod(period: ReportPeriod, nowMs: number, timeZone: string): ReportDates {
  const today = Temporal.Instant.fromEpochMilliseconds(nowMs)
    .toZonedDateTimeISO(timeZone)
    .toPlainDate();
  switch (period) {
    case "day":
      return datesOf(today.subtract({ days: 1 }), today);
    case "week": {
      const monday = today.subtract({ days: today.dayOfWeek - 1 });
      return datesOf(monday.subtract({ weeks: 1 }), monday);
    }
    case "month": {
      const first = today.with({ day: 1 });
      return datesOf(first.subtract({ months: 1 }), first);
    }
  }
}

function datesOf(from: Temporal.PlainDate, end: Temporal.PlainDate): ReportDates {
  return { from: from.toString(), to: end.subtract({ days: 1 }).toString() };
}
