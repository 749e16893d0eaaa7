import type uPlot from "uplot";
import type { TimeUnit } from "../../../reporting/query/report-query.ts";
import type { ChartMetric } from "../../app/view.ts";
import { axisLabel } from "../../numbers/dates.ts";
import { isRate, shortValue } from "../../numbers/format.ts";
import { type ChartData, labelAt, placesOf } from "./chart-data.ts";

const DURATION_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 18_000];
const LABEL_PX = 84;
export const FONT_FAMILY = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const FONT = `12px ${FONT_FAMILY}`;
const DASHES = [5, 4];

export interface PlotLook {
  readonly width: number;
  readonly height: number;
  /** Custom properties of the page by name, without the dashes before it. */
  readonly color: (name: string) => string;
}

export function plotOptions(
  data: ChartData,
  { metric, unit }: { readonly metric: ChartMetric; readonly unit: TimeUnit },
  { width, height, color }: PlotLook,
): uPlot.Options {
  const { labels: known, comingLabels, compared, provisionalFrom } = data;
  const places = Math.max(placesOf(data), known.length + comingLabels.length);
  const axis = { font: FONT, stroke: color("quiet"), ticks: { show: false } } as const;
  const main = {
    stroke: color("accent"),
    width: 2,
    spanGaps: true,
    fill: fade(color("accent-fill")),
  };
  const few = places < 2;
  return {
    width,
    height,
    // Half of the last label stands beyond its place.
    padding: [12, unit === "month" ? 34 : 28, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 9, width: 2 } },
    scales: {
      x: { time: false, range: () => (few ? [-1, 1] : [0, places - 1]) },
      y: { range: (_, __, max) => [0, niceMax(max, metric)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 34,
        gap: 8,
        splits: () => ticks(places, Math.max(Math.floor(width / LABEL_PX), 2)),
        values: (_, splits) =>
          splits.map((at) => {
            const label = labelAt(data, at);
            return label === undefined ? "" : axisLabel(unit, label);
          }),
      },
      {
        ...axis,
        grid: { stroke: color("line"), width: 1 },
        size: (_, values) => Math.max(...(values ?? [""]).map(({ length }) => length)) * 7 + 18,
        gap: 8,
        incrs: stepsOf(metric),
        values: (_, splits) => splits.map((value) => shortValue(metric, value)),
      },
    ],
    series: [
      {},
      {
        stroke: color("compared"),
        width: 1.5,
        spanGaps: true,
        show: compared !== undefined,
        points: { show: few },
      },
      { ...main, points: { show: known.length < 2 || provisionalFrom === 1 } },
      { ...main, dash: DASHES, points: { show: known.length < 2 } },
    ],
  };
}

/** Returns the numbers of a plot: where the values stop being final, a second line goes on from the first. */
export function plotNumbers(data: ChartData): uPlot.AlignedData {
  const { labels, values, compared, provisionalFrom } = data;
  const xs = Array.from({ length: placesOf(data) }, (_, index) => index);
  const drawn = xs.map((index) => values[index] ?? null);
  return [
    xs,
    [...(compared ?? xs.map(() => null))],
    drawn.map((value, index) => (index < provisionalFrom ? value : null)),
    drawn.map((value, index) =>
      index >= provisionalFrom - 1 && provisionalFrom < labels.length ? value : null,
    ),
  ];
}

function fade(color: string) {
  return ({ ctx, bbox }: uPlot) => {
    const gradient = ctx.createLinearGradient(0, bbox.top, 0, bbox.top + bbox.height);
    gradient.addColorStop(0, color);
    gradient.addColorStop(1, "transparent");
    return gradient;
  };
}

/** Returns at most `max` places, with the same distance, among `count`. */
function ticks(count: number, max: number): number[] {
  const step = Math.max(Math.ceil(count / max), 1);
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}

function stepsOf(metric: ChartMetric): number[] {
  if (metric === "visit_duration") return DURATION_STEPS;
  if (isRate(metric)) return [5, 10, 20, 25];
  const smallest = metric === "views_per_visit" ? -1 : 0;
  return Array.from({ length: 36 }, (_, index) => {
    const digit = [1, 2, 5][index % 3] ?? 1;
    return digit * 10 ** (Math.floor(index / 3) + smallest);
  });
}

function niceMax(max: number | null, metric: ChartMetric): number {
  const least = isRate(metric) || metric === "visit_duration" ? 10 : 4;
  return Math.max((max ?? 0) * 1.08, metric === "views_per_visit" ? 1 : least);
}
