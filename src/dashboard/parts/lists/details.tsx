import { useEffect, useRef, useState } from "preact/hooks";
import { askReport } from "../../api/ask-report.ts";
import { useRoute } from "../../app/route.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { useHasGoals } from "../../asking/use-has-goals.ts";
import { useSearched } from "../../asking/use-searched.ts";
import { fullValue } from "../../numbers/format.ts";
import type { ListSpec } from "../../report/lists.ts";
import { detailsQuestion, type Scope } from "../../report/questions.ts";
import { metricName, words } from "../../words/words.ts";
import { Approximate } from "../approximate.tsx";
import { Change } from "../change.tsx";
import { EmptyNotice, FailureNotice } from "../notice.tsx";
import { PageButtons } from "../page-buttons.tsx";
import { SortHeader } from "../sort-header.tsx";
import { CsvButton } from "./csv-button.tsx";
import { BarCell } from "./value-list.tsx";

const PAGE_ROWS = 100;

/** A whole list in a dialog: searched, sorted, in pages, or as a file. */
export function Details({ scope, list }: { scope: Scope; list: ListSpec }) {
  const { go } = useRoute();
  const dialog = useRef<HTMLDialogElement>(null);
  const [search, setSearch] = useState("");
  const [sort, setSort] = useState(`-${list.detailMetrics[0] ?? "visitors"}`);
  const [offset, setOffset] = useState(0);
  const searched = useSearched(scope, list.dimension, search);
  const isGoals = list.dimension === "event:goal";
  const hasGoals = useHasGoals(scope.site, { isAsked: isGoals });
  const canAsk = searched !== undefined && (!isGoals || hasGoals === true);
  const question = { search: searched, sort, pages: { limit: PAGE_ROWS, offset } };
  const asked = canAsk ? detailsQuestion(scope, list, question) : undefined;
  const { answer, failure, isOld } = useAnswer(asked, askReport);
  const isRefused = failure !== undefined && failure.kind !== "lost";
  const leave = () => go({ details: undefined });
  useEffect(() => {
    const { current } = dialog;
    current?.showModal();
    // Gives the focus back.
    return () => current?.close();
  }, []);
  const name = words.dimensions[list.dimension] ?? list.dimension.replace("event:props:", "");
  const total = answer?.meta.total_rows ?? 0;
  const largest = Math.max(1, ...(answer?.results ?? []).map((row) => Number(row.metrics[0])));
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
          {!isGoals && (
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
            pageOf={(pages) => detailsQuestion(scope, list, { search: searched, sort, pages })}
          />
          <button type="button" class="button icon" aria-label={words.close} onClick={leave}>
            <svg viewBox="0 0 12 12" aria-hidden="true">
              <path d="m3 3 6 6M9 3 3 9" />
            </svg>
          </button>
        </header>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
        <div
          class={isOld && !isRefused ? "details-rows old" : "details-rows"}
          tabIndex={0}
          role="region"
          aria-label={name}
        >
          {isRefused && <FailureNotice failure={failure} />}
          {answer !== undefined && !isRefused && (
            <table class="values numbers" style={{ "--columns": list.detailMetrics.length }}>
              <thead>
                <tr>
                  <th scope="col">{name}</th>
                  {list.detailMetrics.map((metric) =>
                    metric === "revenue" ? (
                      <th key={metric} scope="col" class="number">
                        {metricName(metric)}
                      </th>
                    ) : (
                      <SortHeader
                        key={metric}
                        by={metric}
                        label={metricName(metric)}
                        mark={<Approximate metric={metric} accuracy={answer.meta.accuracy} />}
                        sort={sort}
                        onSort={(chosen) => {
                          setSort(chosen);
                          setOffset(0);
                        }}
                        class="number"
                      />
                    ),
                  )}
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
                        <span>{fullValue(metric, row.metrics[index])}</span>
                        {row.comparison && metric !== "revenue" && (
                          <span
                            class="row-change"
                            title={words.before(fullValue(metric, row.comparison.metrics[index]))}
                          >
                            <Change metric={metric} value={row.comparison.change[index]} />
                          </span>
                        )}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {answer?.results.length === 0 && <EmptyNotice text={words.noRows} />}
          {isGoals && hasGoals === false && <EmptyNotice text={words.noGoals} />}
        </div>
        <footer>
          <PageButtons offset={offset} total={total} pageRows={PAGE_ROWS} onPage={setOffset} />
        </footer>
      </div>
    </dialog>
  );
}
