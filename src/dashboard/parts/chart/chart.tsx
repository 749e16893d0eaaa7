import { useEffect, useRef, useState } from "preact/hooks";
import UPlot from "uplot";
import type { TimeUnit } from "../../../reporting/query/report-query.ts";
import { useTheme } from "../../app/theme.ts";
import type { ChartMetric } from "../../app/view.ts";
import { metricName, words } from "../../words/words.ts";
import { type ChartData, placesOf } from "./chart-data.ts";
import { ChartTip } from "./chart-tip.tsx";
import { drawMarks } from "./draw-marks.ts";
import type { MarksByPlace } from "./marks-of.ts";
import { plotNumbers, plotOptions } from "./plot-options.ts";

const HEIGHT = 300;

export interface ChartProps {
  readonly data: ChartData;
  readonly metric: ChartMetric;
  readonly unit: TimeUnit;
  readonly marks?: MarksByPlace | undefined;
  /** Called for a bucket that is clicked, or chosen with Enter. */
  readonly onPick?: ((label: string) => void) | undefined;
}

/** Lines of a metric over time. Arrow keys move along it; a table of the same numbers is beside it. */
export function Chart({ data, metric, unit, marks, onPick }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const [at, setAt] = useState<{ index: number; left: number } | undefined>();
  const theme = useTheme();
  const pick = useRef(onPick);
  pick.current = onPick;

  useEffect(() => {
    const parent = box.current;
    if (parent === null) return undefined;
    const styles = getComputedStyle(document.documentElement);
    parent.dataset["colors"] = styles.colorScheme;
    const look = {
      width: parent.clientWidth,
      height: HEIGHT,
      color: (name: string) => styles.getPropertyValue(`--${name}`),
    };
    const options = plotOptions(data, { metric, unit }, look);
    const made = new UPlot(
      {
        ...options,
        hooks: {
          draw: [(drawn) => drawMarks(drawn, marks, look.color("warn"))],
          setCursor: [
            ({ cursor: { idx, left = -1 } }) =>
              setAt(
                typeof idx === "number" && left >= 0
                  ? { index: idx, left: plotLeft(made, idx) }
                  : undefined,
              ),
          ],
        },
      },
      plotNumbers(data),
      parent,
    );
    plot.current = made;
    const resized = new ResizeObserver(() =>
      made.setSize({ width: parent.clientWidth, height: HEIGHT }),
    );
    resized.observe(parent);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, [data, metric, unit, marks, theme]);

  const move = (by: number) => {
    const { current } = plot;
    if (current === undefined) return;
    const last = placesOf(data) - 1;
    const index = Math.min(Math.max((at?.index ?? (by > 0 ? -1 : last + 1)) + by, 0), last);
    current.setCursor({ left: current.valToPos(index, "x"), top: 0 });
  };
  const pickShown = () => {
    const label = data.labels[at?.index ?? -1];
    if (label !== undefined) pick.current?.(label);
  };
  return (
    // oxlint-disable-next-line -- a chart that arrow keys read is a group that takes the focus
    <div
      class={onPick === undefined ? "chart" : "chart pickable"}
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move along it
      tabIndex={0}
      aria-label={words.chartOf(metricName(metric), words.units[unit])}
      onKeyDown={(event) => {
        if (event.key === "Enter") pickShown();
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        // Elsewhere they change the dates.
        event.stopPropagation();
        event.preventDefault();
        move(event.key === "ArrowLeft" ? -1 : 1);
      }}
      onClick={pickShown}
      onBlur={() => setAt(undefined)}
    >
      <div ref={box} class="plot" />
      <div aria-live="polite">
        {at !== undefined && at.index < placesOf(data) && (
          <ChartTip
            data={data}
            metric={metric}
            unit={unit}
            index={at.index}
            left={at.left}
            marks={marks?.get(at.index)}
          />
        )}
      </div>
    </div>
  );
}

/** In pixels from the left of the whole plot. */
function plotLeft(plot: UPlot, index: number): number {
  return plot.valToPos(index, "x") + plot.bbox.left / devicePixelRatio;
}
