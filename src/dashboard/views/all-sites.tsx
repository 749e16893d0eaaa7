import { useState } from "preact/hooks";
import type { Boot } from "../api/boot.ts";
import { useRoute } from "../app/route.ts";
import { useDelayed } from "../app/use-delayed.ts";
import { useKeys } from "../app/use-keys.ts";
import { useTitle } from "../app/use-title.ts";
import { Ticks, useRefresh } from "../asking/refresh.ts";
import { periodName } from "../parts/dates/date-picker.tsx";
import { PERIOD_CHOICES } from "../parts/dates/period-choices.ts";
import { Link } from "../parts/link.tsx";
import { PageFoot } from "../parts/page-foot.tsx";
import { SiteTable } from "../parts/sites/site-table.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { daysBetween, todayIn } from "../report/dates.ts";
import { type Dates, datesOf, type Period, presetPeriod } from "../report/period.ts";
import { words } from "../words/words.ts";

/** That the engine compares at once. */
const DAYS_MAX = 367;
const TABS = ["day", "7d", "28d", "91d", "12mo"];
const CHOICES = PERIOD_CHOICES.filter(({ name }) => TABS.includes(name));

/** Every site that the viewer may look at, a row each. */
export function AllSites({ boot }: { boot: Boot }) {
  const { view, go } = useRoute();
  const today = todayIn("UTC", Date.now());
  const asked = view.period ?? presetPeriod("28d");
  const { period, dates, isShortened } = shownPeriod(asked, today);
  const [written, setWritten] = useState("");
  const search = useDelayed(written.trim());
  const tick = useRefresh(true);
  const name = periodName(period, today);
  useTitle(words.allSites.title, name);
  useKeys((key) => {
    const chosen = PERIOD_CHOICES.find((choice) => choice.key === key.toUpperCase());
    if (chosen !== undefined) go({ period: chosen.periodOn(today) });
  });
  return (
    <Ticks.Provider value={tick}>
      <div class="shell">
        <header class="bar all-sites-bar">
          <h1>{words.allSites.title}</h1>
          <input
            type="search"
            class="field"
            placeholder={words.searchSites}
            aria-label={words.searchSites}
            value={written}
            onInput={({ currentTarget }) => setWritten(currentTarget.value)}
          />
          <Tabs
            label={words.dateRange(name)}
            tabs={CHOICES.map((choice) => ({
              name: choice.name,
              label: words.periods[choice.name] ?? choice.name,
            }))}
            current={period.kind === "preset" ? period.preset : ""}
            onChoose={(chosen) => {
              const choice = CHOICES.find((each) => each.name === chosen);
              if (choice !== undefined) go({ period: choice.periodOn(today) });
            }}
          />
          <Link to={{ isAdding: true }} class="button primary">
            {words.allSites.add}
          </Link>
        </header>
        <main>
          {isShortened && (
            <p class="fresh fresh-late" role="status">
              {words.allSites.shortened(periodName(asked, today), DAYS_MAX, name)}
            </p>
          )}
          <SiteTable key={search} period={period} dates={dates} search={search} />
        </main>
        <PageFoot boot={boot} />
      </div>
    </Ticks.Provider>
  );
}

interface ShownPeriod {
  readonly period: Period;
  readonly dates: Dates;
  /** Whether another, longer one was asked for. */
  readonly isShortened: boolean;
}

/** Returns the period that was asked for, or the longest choice if that is too long to compare sites. */
function shownPeriod(asked: Period, today: string): ShownPeriod {
  for (const period of [asked, presetPeriod("12mo")]) {
    const dates = datesOf(period, today);
    if (dates !== undefined && daysBetween(dates.from, dates.to) <= DAYS_MAX) {
      const to = dates.to > today ? today : dates.to;
      return { period, dates: { from: dates.from, to }, isShortened: period !== asked };
    }
  }
  throw new Error("A year has dates");
}
