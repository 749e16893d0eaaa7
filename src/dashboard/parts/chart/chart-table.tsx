import { bucketLabel } from "../../numbers/dates.ts";
import { fullValue, NONE } from "../../numbers/format.ts";
import { metricName, words } from "../../words/words.ts";
import { Approximate } from "../approximate.tsx";
import type { ChartProps } from "./chart.tsx";
import { labelAt, placesOf } from "./chart-data.ts";
import { Marks } from "./marks.tsx";

/** The numbers of a chart, the newest first. */
export function ChartTable({ data, metric, unit, marks }: ChartProps) {
  const { labels, values, compared, comparedLabels, provisionalFrom, accuracy } = data;
  const places = Array.from({ length: placesOf(data) }, (_, index) => index);
  const label = (text: string | undefined) =>
    text === undefined ? "" : bucketLabel(unit, text, words.weekOf);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <div class="chart-table" tabIndex={0} role="region" aria-label={words.asTable}>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">{words.units[unit]}</th>
            <th scope="col" class="number">
              {metricName(metric)}
              <Approximate metric={metric} accuracy={accuracy} />
            </th>
            {compared && (
              <>
                <th scope="col">{words.comparedWith}</th>
                <th scope="col" class="number">
                  {metricName(metric)}
                  <Approximate metric={metric} accuracy={accuracy} />
                </th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {places
            .map((index) => (
              <tr key={index}>
                <th scope="row">
                  {label(labelAt(data, index)) || NONE}
                  {index >= provisionalFrom && index < labels.length && (
                    <span class="quiet"> · {words.provisional}</span>
                  )}
                  <Marks marks={marks?.get(index)} />
                </th>
                <td class="number">{fullValue(metric, values[index])}</td>
                {compared && (
                  <>
                    <td class="quiet">{label(comparedLabels?.[index])}</td>
                    <td class="number quiet">{fullValue(metric, compared[index])}</td>
                  </>
                )}
              </tr>
            ))
            .toReversed()}
        </tbody>
      </table>
    </div>
  );
}
