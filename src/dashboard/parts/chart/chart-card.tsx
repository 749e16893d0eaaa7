import { useMemo, useState } from "preact/hooks";
import { askReport } from "../../api/ask-report.ts";
import type { Report } from "../../api/report.ts";
import type { Annotation } from "../../api/sites/annotation.ts";
import { askAnnotations } from "../../api/sites/annotations.ts";
import { useRoute } from "../../app/route.ts";
import { useKept } from "../../app/use-kept.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { addDays, addMonths, daysBetween, lastOfMonth } from "../../report/dates.ts";
import { datesOf, type Period, unitsFor } from "../../report/period.ts";
import { chartQuestion, type Scope } from "../../report/questions.ts";
import { words } from "../../words/words.ts";
import { periodName } from "../dates/date-picker.tsx";
import { chipName } from "../filters/chip-name.ts";
import { FailureNotice } from "../notice.tsx";
import { Tabs } from "../tabs.tsx";
import { AnnotationsMenu } from "./annotations.tsx";
import { Chart } from "./chart.tsx";
import { chartData } from "./chart-data.ts";
import { ChartTable } from "./chart-table.tsx";
import { marksOf } from "./marks-of.ts";
import { PictureButton } from "./picture-button.tsx";

interface ChartCardProps {
  readonly scope: Scope;
  readonly today: string;
  readonly siteZone: string;
  /** Of the site. */
  readonly title: string;
  /** Says when all time began. */
  readonly totals: Report | undefined;
}

/** One metric over time, as lines or as a table. */
export function ChartCard({ scope, today, siteZone, title, totals }: ChartCardProps) {
  const { view, go } = useRoute();
  const [shape, setShape] = useKept("chart", "lines");
  const units = unitsFor(scope.period, daysIn(scope.period, today, totals));
  const unit = units.find((each) => each === view.unit) ?? units[0] ?? "day";
  const isKnown =
    scope.period.kind === "dates" || scope.period.preset !== "all" || totals !== undefined;
  const { answer, failure, isOld } = useAnswer(
    isKnown
      ? {
          site_id: scope.site,
          body: chartQuestion(scope, view.metric, unit),
          metric: view.metric,
          unit,
        }
      : undefined,
    askChart,
  );
  const data = useMemo(() => answer && chartData(answer.report, answer), [answer]);
  const [changes, setChanges] = useState(0);
  const { answer: annotations = NONE } = useAnswer<AnnotationsAsked, readonly Annotation[]>(
    { site_id: scope.site, changes },
    askAnnotationsOf,
  );
  const marks = useMemo(
    () =>
      data &&
      answer &&
      marksOf(annotations, {
        labels: data.labels,
        unit: answer.unit,
        siteZone,
        timeZone: answer.report.query.timezone,
      }),
    [data, answer, annotations, siteZone],
  );
  const shownPeriod = periodName(scope.period, today);
  const isRefused = failure !== undefined && failure.kind !== "lost";
  return (
    <div class="chart-card">
      <div class="chart-tools">
        <Tabs
          label={words.interval}
          tabs={[...units]
            .toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))
            .map((name) => ({ name, label: words.units[name] }))}
          current={unit}
          onChoose={(chosen) => go({ unit: chosen })}
        />
        <AnnotationsMenu
          site={scope.site}
          today={today}
          annotations={annotations}
          onChange={() => setChanges((n) => n + 1)}
        />
        <PictureButton
          picture={
            answer &&
            data && {
              ...answer,
              data,
              marks,
              title,
              period: shownPeriod,
              compare: scope.compare,
              filters: scope.filters.map(chipName),
            }
          }
        />
        <button
          type="button"
          class="button small"
          aria-pressed={shape === "table"}
          onClick={() => setShape(shape === "table" ? "lines" : "table")}
        >
          {words.asTable}
        </button>
      </div>
      <div class={isOld && !isRefused ? "chart-place old" : "chart-place"}>
        {isRefused && <FailureNotice failure={failure} />}
        {!isRefused && answer && data && shape === "table" && (
          <ChartTable data={data} metric={answer.metric} unit={answer.unit} marks={marks} />
        )}
        {!isRefused && answer && data && shape !== "table" && (
          <Chart
            data={data}
            metric={answer.metric}
            unit={answer.unit}
            marks={marks}
            onPick={(label) => {
              const picked = periodOfBucket(answer.unit, label, today);
              if (picked !== undefined) go({ period: picked, unit: undefined });
            }}
          />
        )}
      </div>
    </div>
  );
}

const ORDER = ["minute", "hour", "day", "week", "month"];

const NONE: readonly Annotation[] = [];

interface AnnotationsAsked {
  readonly site_id: string;
  /** Grows with each change, so that they are asked for again. */
  readonly changes: number;
}

async function askAnnotationsOf({ site_id }: AnnotationsAsked, signal: AbortSignal) {
  return await askAnnotations(site_id, signal);
}

interface ChartAsked {
  readonly site_id: string;
  readonly body: ReturnType<typeof chartQuestion>;
  readonly metric: Parameters<typeof chartQuestion>[1];
  readonly unit: Parameters<typeof chartQuestion>[2];
}

/** Keeps what was asked with its answer, so that a chart never shows numbers under another name. */
async function askChart({ body, metric, unit }: ChartAsked, signal: AbortSignal) {
  return { report: await askReport(body, signal), metric, unit };
}

function daysIn(period: Period, today: string, totals: Report | undefined): number {
  const dates = datesOf(period, today);
  if (dates !== undefined) return daysBetween(dates.from, dates.to > today ? today : dates.to);
  return daysBetween(totals?.query.date_range[0].slice(0, 10) ?? today, today);
}

/** Returns the dates of a bucket, undefined for those shorter than a day. */
function periodOfBucket(unit: string, label: string, today: string): Period | undefined {
  const from = label.slice(0, 10);
  if (unit === "day") {
    return from === today ? { kind: "preset", preset: "day" } : { kind: "dates", from, to: from };
  }
  if (unit === "week") return { kind: "dates", from, to: addDays(from, 6) };
  if (unit === "month") return { kind: "dates", from, to: lastOfMonth(addMonths(from, 0)) };
  return undefined;
}
