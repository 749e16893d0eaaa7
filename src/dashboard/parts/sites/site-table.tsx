import { useState } from "preact/hooks";
import { askOverview } from "../../api/sites/overview.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import type { Dates, Period } from "../../report/period.ts";
import { metricName, words } from "../../words/words.ts";
import { Freshness } from "../freshness.tsx";
import { EmptyNotice, FailureNotice } from "../notice.tsx";
import { PageButtons } from "../page-buttons.tsx";
import { SiteRow } from "./site-row.tsx";

const PAGE_ROWS = 50;

interface SiteTableProps {
  readonly period: Period;
  /** The period's in UTC. */
  readonly dates: Dates;
  readonly search: string;
}

export function SiteTable({ period, dates, search }: SiteTableProps) {
  const [sort, setSort] = useState("-events");
  const [offset, setOffset] = useState(0);
  const question = { ...dates, search, sort, limit: PAGE_ROWS, offset };
  const { answer, failure, isOld } = useAnswer(question, askOverview);
  const isRefused = failure !== undefined && failure.kind !== "lost";
  const total = answer?.total_sites ?? 0;
  const sortBy = (chosen: string) => {
    setSort(chosen);
    setOffset(0);
  };
  return (
    <>
      <div class={isOld ? "card sites old" : "card sites"} aria-busy={answer === undefined}>
        {isRefused && <FailureNotice failure={failure} />}
        {!isRefused && answer !== undefined && total > 0 && (
          <table class="numbers">
            <thead>
              <tr>
                <SortHeader by="name" label={words.allSites.site} sort={sort} onSort={sortBy} />
                <th scope="col" class="trend">
                  {words.allSites.trend}
                </th>
                <th scope="col" class="number">
                  {metricName("visitors")}
                </th>
                <th scope="col" class="number pageviews">
                  {metricName("pageviews")}
                </th>
                <SortHeader by="events" label={metricName("events")} sort={sort} onSort={sortBy} />
                <SortHeader by="growth" label={words.allSites.growth} sort={sort} onSort={sortBy} />
              </tr>
            </thead>
            <tbody>
              {answer.sites.map((site) => (
                <SiteRow key={site.site_id} site={site} period={period} />
              ))}
            </tbody>
          </table>
        )}
        {!isRefused && answer !== undefined && total === 0 && (
          <EmptyNotice text={words.allSites.none} />
        )}
      </div>
      {total > PAGE_ROWS && (
        <nav class="pager" aria-label={words.allSites.pages}>
          <PageButtons pageRows={PAGE_ROWS} offset={offset} total={total} onPage={setOffset} />
        </nav>
      )}
      <Freshness report={answer && { meta: { ...answer, incomplete_days: [], accuracy: {} } }} />
      <p class="fresh quiet">{words.allSites.exactness}</p>
    </>
  );
}

interface SortHeaderProps {
  readonly by: string;
  readonly label: string;
  readonly sort: string;
  readonly onSort: (sort: string) => void;
}

/** Sorts by a column; once more, the other way round. */
function SortHeader({ by, label, sort, onSort }: SortHeaderProps) {
  const isDown = sort === `-${by}`;
  const isCurrent = isDown || sort === by;
  const first = by === "name" ? by : `-${by}`;
  const other = isDown ? by : `-${by}`;
  return (
    <th
      scope="col"
      class={by === "name" ? "" : `number ${by}`}
      aria-sort={isCurrent ? (isDown ? "descending" : "ascending") : undefined}
    >
      <button type="button" onClick={() => onSort(isCurrent ? other : first)}>
        {label}
        {isCurrent && <span aria-hidden="true">{isDown ? " ↓" : " ↑"}</span>}
      </button>
    </th>
  );
}
