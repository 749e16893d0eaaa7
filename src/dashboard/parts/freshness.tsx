import type { ReportMeta } from "../api/report.ts";
import { useIsLost } from "../asking/use-connection.ts";
import { dateText } from "../numbers/dates.ts";
import { duration, fullValue } from "../numbers/format.ts";
import { LOCALE, words } from "../words/words.ts";

/** Below this, an event is stored as fast as it ever is. */
const LAG_MS_MAX = 5_000;
const DAYS_NAMED_MAX = 5;
const clock = new Intl.DateTimeFormat(LOCALE, { timeStyle: "medium" });

interface FreshnessProps {
  readonly report:
    | {
        readonly meta: Pick<
          ReportMeta,
          "as_of" | "pending" | "lag_ms" | "incomplete_days" | "accuracy"
        >;
      }
    | undefined;
}

/** How fresh, how whole and how exact the numbers are. */
export function Freshness({ report }: FreshnessProps) {
  const isLost = useIsLost();
  if (isLost) {
    return (
      <p class="fresh fresh-lost" role="alert">
        <span class="dot" />
        {words.lost}
      </p>
    );
  }
  if (report === undefined) return <p class="fresh quiet">&nbsp;</p>;
  const { as_of, pending, lag_ms = 0, incomplete_days: incomplete, accuracy } = report.meta;
  const isLate = lag_ms > LAG_MS_MAX;
  const isSum = Object.values(accuracy).includes("daily_sum");
  return (
    <div class="fresh-all">
      <p class={isLate ? "fresh fresh-late" : "fresh quiet"}>
        <span class={isLate ? "dot late" : "dot good"} />
        {words.asOf(clock.format(Date.parse(as_of)))}
        {pending === undefined && ` · ${words.pendingUnknown}`}
        {pending !== undefined &&
          pending > 0 &&
          ` · ${words.pending(fullValue("events", pending), duration(lag_ms / 1_000))}`}
      </p>
      {incomplete.length > 0 && (
        <p class="fresh fresh-late">{words.incomplete(daysText(incomplete))}</p>
      )}
      {isSum && <p class="fresh quiet">≈ {words.dailySum}</p>}
    </div>
  );
}

function daysText(days: readonly string[]): string {
  const named = days.slice(0, DAYS_NAMED_MAX).map(dateText).join(", ");
  return days.length > DAYS_NAMED_MAX ? words.andMore(named, days.length - DAYS_NAMED_MAX) : named;
}
