import { useEffect, useRef, useState } from "preact/hooks";
import type { Metric } from "../../../reporting/query/report-query.ts";
import { askReport } from "../../api/ask-report.ts";
import { useRoute } from "../../app/route.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { fullValue } from "../../numbers/format.ts";
import type { ListSpec } from "../../report/lists.ts";
import { detailsQuestion, type Scope } from "../../report/questions.ts";
import { metricName, words } from "../../words/words.ts";
import { EmptyNotice, FailureNotice } from "../notice.tsx";
import { PageButtons } from "../page-buttons.tsx";
import { CsvButton } from "./csv-button.tsx";
import { BarCell } from "./value-list.tsx";

const PAGE_ROWS = 100;

/** A whole list in a dialog: searched, sorted, in pages, or as a file. */
export function Details({ scope, list }: { scope: Scope; list: ListSpec }) {
  const { go } = useRoute();
  const dialog = useRef<HTMLDialogElement>(null);
  const [search, setSearch] = useState("");
  const [orderBy, setOrderBy] = useState<Metric>(list.detailMetrics[0] ?? "visitors");
  const [offset, setOffset] = useState(0);
  const question = { search, orderBy, pages: { limit: PAGE_ROWS, offset } };
  const { answer, failure, isOld } = useAnswer(detailsQuestion(scope, list, question), askReport);
  const isRefused = failure !== undefined && failure.kind !== "lost";
  const leave = () => go({ details: undefined });
  useEffect(() => dialog.current?.showModal(), []);
  const name = words.dimensions[list.dimension] ?? list.dimension.replace("event:props:", "");
  const total = answer?.meta.total_rows ?? 0;
  const largest = Number(answer?.results[0]?.metrics[0] ?? 1) || 1;
  const canSearch = list.dimension !== "event:goal";
  return (
    <dialog
      ref={dialog}
      class="details"
      aria-label={name}
      onCancel={(event) => {
        event.preventDefault();
        leave();
      }}
      onClick={({ target }) => {
        if (target === dialog.current) leave();
      }}
    >
      <div class="details-body">
        <header>
          <h2>{name}</h2>
          {canSearch && (
            <input
              type="search"
              class="field"
              placeholder={words.search}
              aria-label={words.search}
              value={search}
              onInput={({ currentTarget }) => {
                setSearch(currentTarget.value);
                setOffset(0);
              }}
            />
          )}
          <CsvButton
            name={`${scope.site} ${list.dimension.replace(/^.*:/, "")}.csv`}
            rows={isOld ? undefined : total}
            pageOf={(pages) => detailsQuestion(scope, list, { search, orderBy, pages })}
          />
          <button type="button" class="button icon" aria-label={words.close} onClick={leave}>
            <svg viewBox="0 0 12 12" aria-hidden="true">
              <path d="m3 3 6 6M9 3 3 9" />
            </svg>
          </button>
        </header>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
        <div
          class={isOld ? "details-rows old" : "details-rows"}
          tabIndex={0}
          role="region"
          aria-label={name}
        >
          {isRefused && <FailureNotice failure={failure} />}
          {answer !== undefined && !isRefused && (
            <table class="values numbers">
              <thead>
                <tr>
                  <th scope="col">{name}</th>
                  {list.detailMetrics.map((metric) => (
                    <th
                      key={metric}
                      scope="col"
                      class="number"
                      aria-sort={metric === orderBy ? "descending" : undefined}
                    >
                      {metric === "revenue" ? (
                        metricName(metric)
                      ) : (
                        <button type="button" onClick={() => setOrderBy(metric)}>
                          {metricName(metric)}
                          {metric === orderBy && <span aria-hidden="true"> ↓</span>}
                        </button>
                      )}
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
                        share={Math.min(Number(row.metrics[0]) / largest, 1)}
                      />
                    </td>
                    {list.detailMetrics.map((metric, index) => (
                      <td key={metric} class="number">
                        {fullValue(metric, row.metrics[index])}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {answer?.results.length === 0 && <EmptyNotice text={words.noRows} />}
        </div>
        <footer>
          <PageButtons offset={offset} total={total} pageRows={PAGE_ROWS} onPage={setOffset} />
        </footer>
      </div>
    </dialog>
  );
}
