import type { Metric } from "../../reporting/query/report-query.ts";
import { changeText } from "../numbers/format.ts";
import { words } from "../words/words.ts";

/** More of it is worse. */
const LESS_IS_BETTER: readonly Metric[] = ["bounce_rate"];

/** By how much a number changed: its direction by an arrow, whether that is good by a colour, and both in words. */
export function Change({ metric, value }: { metric: Metric; value: unknown }) {
  if (typeof value !== "number") return <span class="for-readers">{words.noChange}</span>;
  if (value === 0) return <span class="change quiet">{changeText(metric, 0)}</span>;
  const isUp = value > 0;
  const isGood = isUp !== LESS_IS_BETTER.includes(metric);
  return (
    <span class={`change ${isGood ? "good" : "bad"}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={isUp ? "M3 9l6-6M4 3h5v5" : "M3 3l6 6M9 4v5H4"} />
      </svg>
      <span class="for-readers">{isUp ? words.up : words.down}</span>
      {changeText(metric, value)}
    </span>
  );
}
