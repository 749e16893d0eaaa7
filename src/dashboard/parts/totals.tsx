import type { Report } from "../api/report.ts";
import { CHART_METRICS, type ChartMetric } from "../app/view.ts";
import { fullValue, shortValue } from "../numbers/format.ts";
import { metricName, words } from "../words/words.ts";
import { Approximate } from "./approximate.tsx";
import { Change } from "./change.tsx";
import { Link } from "./link.tsx";

interface TotalsProps {
  readonly report: Report | undefined;
  readonly isOld: boolean;
  readonly current: ChartMetric;
}

/** The six numbers of a site, each a link that charts it. */
export function Totals({ report, isOld, current }: TotalsProps) {
  const row = report?.results[0];
  return (
    <ul class={isOld ? "totals old" : "totals"} aria-busy={report === undefined}>
      {CHART_METRICS.map((metric, index) => {
        const value = row?.metrics[index];
        return (
          <li key={metric}>
            <Link to={{ metric }} class="total" isCurrent={metric === current}>
              <span class="total-name">
                {metricName(metric)}
                <Approximate metric={metric} accuracy={report?.meta.accuracy} />
              </span>
              {row === undefined ? (
                <span class="total-value blank-text" />
              ) : (
                <span class="total-value" title={fullValue(metric, value)}>
                  {shortValue(metric, value)}
                </span>
              )}
              {row?.comparison && (
                <span
                  class="total-change"
                  title={words.before(fullValue(metric, row.comparison.metrics[index]))}
                >
                  <Change metric={metric} value={row.comparison.change[index]} />
                </span>
              )}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
