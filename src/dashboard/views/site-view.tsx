import { useMemo } from "preact/hooks";
import { askReport } from "../api/ask-report.ts";
import type { Boot } from "../api/boot.ts";
import { SHARED } from "../api/shared.ts";
import type { ReadableSite } from "../api/sites/sites.ts";
import { useRoute } from "../app/route.ts";
import { useKeptFocus } from "../app/use-kept-focus.ts";
import { useKeys } from "../app/use-keys.ts";
import { useTitle } from "../app/use-title.ts";
import { Ticks, useArrivals, useRefresh } from "../asking/refresh.ts";
import { useAnswer } from "../asking/use-answer.ts";
import { ChartCard } from "../parts/chart/chart-card.tsx";
import { DatePicker, ownZone, periodName } from "../parts/dates/date-picker.tsx";
import { PERIOD_CHOICES } from "../parts/dates/period-choices.ts";
import { Chips } from "../parts/filters/chips.tsx";
import { FilterMenu } from "../parts/filters/filter-menu.tsx";
import { Freshness } from "../parts/freshness.tsx";
import { Details } from "../parts/lists/details.tsx";
import { ListCard } from "../parts/lists/list-card.tsx";
import { LiveMenu } from "../parts/live-menu.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { PageFoot } from "../parts/page-foot.tsx";
import { ShareMenu } from "../parts/share-menu.tsx";
import { SiteMenu, titleOf } from "../parts/sites/site-menu.tsx";
import { Totals } from "../parts/totals.tsx";
import { todayIn } from "../report/dates.ts";
import { LIST_GROUPS, listOf } from "../report/lists.ts";
import { defaultPeriod, isRunning, shiftedPeriod } from "../report/period.ts";
import { type Scope, totalsQuestion } from "../report/questions.ts";
import { words } from "../words/words.ts";

interface SiteViewProps {
  readonly boot: Boot;
  readonly sites: readonly ReadableSite[];
  readonly site: ReadableSite;
}

/** One site on one screen. */
export function SiteView({ boot, sites, site }: SiteViewProps) {
  const { view, go } = useRoute();
  const timeZone = view.isOwnZone ? ownZone() : site.time_zone;
  const today = todayIn(timeZone, Date.now());
  const period = view.period ?? defaultPeriod(site.first_date ?? undefined, today);
  const scope: Scope = {
    site: site.site_id,
    period,
    compare: view.compare,
    filters: view.filters,
    ...(view.isOwnZone && { timeZone }),
  };
  const isStillCounted = isRunning(period, today);
  // Late events change periods that are over, too, and how many are pending changes always.
  const tick = useRefresh(true);
  const [arrivals, onArrival] = useArrivals();
  useTitle(titleOf(site), periodName(period, today));
  useKeptFocus();
  useKeys((key) => {
    const shifted =
      key === "ArrowLeft"
        ? shiftedPeriod(period, -1, today)
        : key === "ArrowRight"
          ? shiftedPeriod(period, 1, today)
          : PERIOD_CHOICES.find((choice) => choice.key === key.toUpperCase())?.periodOn(today);
    if (shifted !== undefined) go({ period: shifted, unit: undefined });
    if (key.toLowerCase() === "x") {
      go({ compare: view.compare === "none" ? "previous_period" : "none" });
    }
  });
  return (
    <Ticks.Provider value={isStillCounted ? tick + arrivals : tick}>
      <SiteScreen
        boot={boot}
        sites={sites}
        site={site}
        scope={scope}
        timeZone={timeZone}
        today={today}
        onArrival={onArrival}
      />
    </Ticks.Provider>
  );
}

interface SiteScreenProps extends SiteViewProps {
  readonly scope: Scope;
  readonly timeZone: string;
  readonly today: string;
  readonly onArrival: () => void;
}

function SiteScreen({ boot, sites, site, scope, timeZone, today, onArrival }: SiteScreenProps) {
  const { view } = useRoute();
  const totals = useAnswer(totalsQuestion(scope), askReport);
  const details = useMemo(
    () => (view.details === undefined ? undefined : listOf(view.details)),
    [view.details],
  );
  const { failure } = totals;
  return (
    <div class="shell">
      <header class="bar">
        <SiteMenu sites={sites} current={site} />
        <LiveMenu site={site.site_id} onArrival={onArrival} />
        <div class="bar-end">
          {SHARED === undefined && <ShareMenu site={site.site_id} />}
          <FilterMenu scope={scope} />
          <DatePicker period={scope.period} timeZone={timeZone} siteZone={site.time_zone} />
        </div>
      </header>
      <main>
        <Chips scope={scope} />
        <section class="card overview" aria-label={words.overview}>
          {failure !== undefined && failure.kind !== "lost" ? (
            <FailureNotice failure={failure} />
          ) : (
            <Totals report={totals.answer} isOld={totals.isOld} current={view.metric} />
          )}
          <ChartCard
            scope={scope}
            today={today}
            siteZone={site.time_zone}
            title={titleOf(site)}
            totals={totals.answer}
          />
        </section>
        <Freshness report={totals.answer} />
        <div class="columns">
          {LIST_GROUPS.map((group) => (
            <ListCard key={group.name} scope={scope} group={group} />
          ))}
        </div>
      </main>
      <PageFoot boot={boot} />
      {details !== undefined && <Details key={details.dimension} scope={scope} list={details} />}
    </div>
  );
}
