import { askReport } from "../../api/ask-report.ts";
import type { ReportRow } from "../../api/report.ts";
import { useRoute } from "../../app/route.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { useHasGoals } from "../../asking/use-has-goals.ts";
import { fullValue, shortValue } from "../../numbers/format.ts";
import { valueName } from "../../numbers/names.ts";
import { withValue } from "../../report/filter-chip.ts";
import type { ListSpec } from "../../report/lists.ts";
import { listQuestion, type Scope } from "../../report/questions.ts";
import { metricName, words } from "../../words/words.ts";
import { Approximate } from "../approximate.tsx";
import { Link } from "../link.tsx";
import { EmptyNotice, FailureNotice } from "../notice.tsx";

/** The first values of a list, each a link that filters by it. */
export function ValueList({ scope, list }: { scope: Scope; list: ListSpec }) {
  const isGoals = list.dimension === "event:goal";
  const hasGoals = useHasGoals(scope.site, { isAsked: isGoals });
  const question = isGoals && hasGoals !== true ? undefined : listQuestion(scope, list);
  const { answer, failure, isOld } = useAnswer(question, askReport);
  if (isGoals && hasGoals === false) return <EmptyNotice text={words.noGoals} />;
  if (failure !== undefined && failure.kind !== "lost") return <FailureNotice failure={failure} />;
  if (answer === undefined) return <OutlineRows />;
  if (answer.results.length === 0) return <EmptyNotice text={words.noRows} />;
  const largest = Math.max(...answer.results.map(firstMetric), 1);
  return (
    <>
      <table class={`values${isOld ? " old" : ""}${list.metrics.length > 3 ? " many" : ""}`}>
        <thead>
          <tr>
            <th scope="col">{words.dimensions[list.dimension] ?? words.value}</th>
            {list.metrics.map((metric) => (
              <th key={metric} scope="col" class="number">
                {metricName(metric)}
                <Approximate metric={metric} accuracy={answer.meta.accuracy} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {answer.results.map((row) => (
            <tr key={row.dimensions[0] ?? ""}>
              <td>
                <BarCell
                  list={list}
                  value={row.dimensions[0] ?? ""}
                  share={firstMetric(row) / largest}
                />
              </td>
              {list.metrics.map((metric, index) => (
                <td key={metric} class="number" title={fullValue(metric, row.metrics[index])}>
                  {shortValue(metric, row.metrics[index])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Link to={{ details: list.dimension }} class="more">
        {words.details(answer.meta.total_rows ?? 0)}
      </Link>
    </>
  );
}

interface BarCellProps {
  readonly list: ListSpec;
  readonly value: string;
  /** 0 to 1. */
  readonly share: number;
}

/** A value in front of its bar: a click includes it, a smaller one excludes it. */
export function BarCell({ list: { dimension }, value, share }: BarCellProps) {
  const { view } = useRoute();
  const name = valueName(dimension, value);
  const filters = (operator: "is" | "is_not") =>
    withValue(view.filters, dimension, { value, operator });
  const canExclude = dimension !== "event:goal";
  return (
    <div class="bar-cell">
      <span class="fill" style={{ width: `${Math.max(share * 100, 0.5)}%` }} />
      <Link
        to={{ filters: filters("is"), details: undefined }}
        class={value === "" ? "value none" : "value"}
        title={value}
      >
        {dimension === "visit:country" && value !== "" && <span class="code">{value}</span>}
        <bdi>{name}</bdi>
      </Link>
      {canExclude && (
        <Link
          to={{ filters: filters("is_not"), details: undefined }}
          class="exclude"
          label={words.exclude(name)}
          title={words.exclude(name)}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <circle cx="8" cy="8" r="5.5" />
            <path d="M4.2 11.8l7.6-7.6" />
          </svg>
        </Link>
      )}
    </div>
  );
}

function OutlineRows() {
  return (
    <div class="outline-rows" aria-hidden="true">
      {[94, 71, 62, 48, 40, 31, 27, 19, 12].map((width) => (
        <span key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

function firstMetric({ metrics }: ReportRow): number {
  return typeof metrics[0] === "number" ? metrics[0] : 0;
}
