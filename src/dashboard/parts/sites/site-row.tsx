import { askReport } from "../../api/ask-report.ts";
import type { ReportBody } from "../../api/report.ts";
import type { OverviewSite } from "../../api/sites/overview.ts";
import { useOnScreen } from "../../app/use-on-screen.ts";
import { inTurn } from "../../asking/in-turn.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { fullValue, NONE, shortValue } from "../../numbers/format.ts";
import type { Period } from "../../report/period.ts";
import { ROW_METRICS, siteRowQuestion } from "../../report/questions.ts";
import { words } from "../../words/words.ts";
import { Change } from "../change.tsx";
import { Link } from "../link.tsx";
import { titleOf } from "./site-menu.tsx";
import { Sparkline } from "./sparkline.tsx";

/** A site among others. Its numbers are asked for when the row is on the screen. */
export function SiteRow({ site, period }: { site: OverviewSite; period: Period }) {
  const [element, wasSeen] = useOnScreen<HTMLTableRowElement>();
  const { answer, failure, isOld } = useAnswer(
    wasSeen && site.first_date !== null ? siteRowQuestion(site.site_id, period) : undefined,
    askRow,
  );
  const row = answer?.results[0];
  const hasNone = site.first_date === null || (failure !== undefined && failure.kind !== "lost");
  const growth =
    site.events_before === 0 ? undefined : (site.events / site.events_before - 1) * 100;
  return (
    <tr ref={element}>
      <th scope="row">
        <Link to={{ site: site.site_id }} class="site-name" title={site.site_id}>
          <bdi>{titleOf(site)}</bdi>
          {site.name !== "" && site.name !== site.site_id && (
            <span class="quiet">{site.site_id}</span>
          )}
        </Link>
      </th>
      <td class="trend">
        {site.first_date === null && <span class="quiet">{words.allSites.noEvents}</span>}
        {site.first_date !== null && site.daily_visitors.length > 1 && (
          <Sparkline values={site.daily_visitors} />
        )}
      </td>
      {ROW_METRICS.map((metric, index) => {
        const isSum = answer?.meta.accuracy[metric] === "daily_sum";
        return (
          <td key={metric} class={isOld && !hasNone ? `number ${metric} old` : `number ${metric}`}>
            {row === undefined && !hasNone && <span class="blank-text" />}
            {hasNone && row === undefined && <span title={failure?.message}>{NONE}</span>}
            {row !== undefined && (
              <>
                {isSum && (
                  <span class="approximate" title={words.dailySum}>
                    ≈
                  </span>
                )}
                <span title={fullValue(metric, row.metrics[index])}>
                  {shortValue(metric, row.metrics[index])}
                </span>
                <Change metric={metric} value={row.comparison?.change[index]} />
              </>
            )}
          </td>
        );
      })}
      <td class="number events">
        <span title={fullValue("events", site.events)}>{shortValue("events", site.events)}</span>
      </td>
      <td class="number growth">
        <Change metric="pageviews" value={growth} />
      </td>
    </tr>
  );
}

async function askRow(question: ReportBody, signal: AbortSignal) {
  return await inTurn(signal, async () => await askReport(question, signal));
}
