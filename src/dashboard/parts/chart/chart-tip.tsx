import type { TimeUnit } from "../../../reporting/query/report-query.ts";
import type { ChartMetric } from "../../app/view.ts";
import { bucketLabel } from "../../numbers/dates.ts";
import { fullValue } from "../../numbers/format.ts";
import { metricName, words } from "../../words/words.ts";
import { Approximate } from "../approximate.tsx";
import { type ChartData, placesOf } from "./chart-data.ts";
import { Marks } from "./marks.tsx";

interface ChartTipProps {
  readonly data: ChartData;
  readonly metric: ChartMetric;
  readonly unit: TimeUnit;
  readonly index: number;
  /** In pixels. */
  readonly left: number;
  /** What happened then. */
  readonly marks: readonly string[] | undefined;
}

/** The numbers of one bucket, beside it. */
export function ChartTip({ data, metric, unit, index, left, marks }: ChartTipProps) {
  const isRight = index > placesOf(data) / 2;
  const compared = data.compared?.[index];
  const label = data.labels[index];
  const comparedLabel = data.comparedLabels?.[index];
  return (
    <div class={isRight ? "tip tip-before" : "tip"} style={{ left: `${left}px` }}>
      <div class="tip-metric quiet">
        {metricName(metric)}
        <Approximate metric={metric} accuracy={data.accuracy} />
      </div>
      {label !== undefined && (
        <div class="tip-row">
          <span class="key" />
          <span>{bucketLabel(unit, label, words.weekOf)}</span>
          <strong>{fullValue(metric, data.values[index])}</strong>
        </div>
      )}
      {comparedLabel !== undefined && (
        <div class="tip-row quiet">
          <span class="key key-compared" />
          <span>{bucketLabel(unit, comparedLabel, words.weekOf)}</span>
          <span>{fullValue(metric, compared)}</span>
        </div>
      )}
      <Marks marks={marks} />
      {label !== undefined && index >= data.provisionalFrom && (
        <div class="tip-note">{words.provisional}</div>
      )}
    </div>
  );
}
