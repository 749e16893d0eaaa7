import { useState } from "preact/hooks";
import { askOverview } from "../../api/sites/overview.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { useIsSlow } from "../../asking/use-is-slow.ts";
import { daysBetween } from "../../report/dates.ts";
import type { Dates, Period } from "../../report/period.ts";
import { metricName, words } from "../../words/words.ts";
import { Freshness } from "../freshness.tsx";
import { EmptyNotice, FailureNotice } from "../notice.tsx";
import { PageButtons } from "../page-buttons.tsx";
import { SortHeader } from "../sort-header.tsx";
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
  const isSlow = useIsSlow(isOld && failure === undefined);
  const isRefused = failure !== undefined && failure.kind !== "lost";
  const total = answer?.total_sites ?? 0;
  const sortBy = (chosen: string) => {
    setSort(chosen);
    setOffset(0);
  };
  return (
    <>
      <div
        class={isOld && !isRefused ? "card sites old" : "card sites"}
        aria-busy={answer === undefined && !isRefused}
      >
        {isRefused && <FailureNotice failure={failure} />}
        {isSlow && !isRefused && (
          <p class="adding-up quiet" role="status">
            {words.allSites.addingUp(daysBetween(dates.from, dates.to))}
          </p>
        )}
        {!isRefused && answer !== undefined && total > 0 && (
          <table class="numbers">
            <thead>
              <tr>
                <SortHeader
                  by="name"
                  label={words.allSites.site}
                  sort={sort}
                  onSort={sortBy}
                  isAscendingFirst
                />
                <th scope="col" class="trend">
                  {words.allSites.trend}
                </th>
                <SortHeader
                  by="visitors"
                  label={metricName("visitors")}
                  sort={sort}
                  onSort={sortBy}
                  class="number"
                />
                <th scope="col" class="number pageviews">
                  {metricName("pageviews")}
                </th>
                <SortHeader
                  by="events"
                  label={metricName("events")}
                  sort={sort}
                  onSort={sortBy}
                  class="number events"
                />
                <SortHeader
                  by="growth"
                  label={words.allSites.growth}
                  sort={sort}
                  onSort={sortBy}
                  class="number growth"
                />
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
      <p class="fresh quiet">
        {answer?.distributed === true ? words.allSites.distributed : words.allSites.exactness}
      </p>
      {sort.endsWith("visitors") && <p class="fresh quiet">{words.allSites.byVisitors}</p>}
    </>
  );
}
