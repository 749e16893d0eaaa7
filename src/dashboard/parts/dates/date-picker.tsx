import { useState } from "preact/hooks";
import { useRoute } from "../../app/route.ts";
import { COMPARISONS } from "../../app/view.ts";
import { datesText } from "../../numbers/dates.ts";
import { todayIn } from "../../report/dates.ts";
import { datesOf, type Period, presetPeriod, shiftedPeriod } from "../../report/period.ts";
import { words } from "../../words/words.ts";
import { Link } from "../link.tsx";
import { Menu } from "../menu.tsx";
import { PERIOD_CHOICES } from "./period-choices.ts";

interface DatePickerProps {
  readonly period: Period;
  readonly timeZone: string;
  readonly siteZone: string;
}

export function DatePicker({ period, timeZone, siteZone }: DatePickerProps) {
  const { view } = useRoute();
  const today = todayIn(timeZone, Date.now());
  const step = (by: 1 | -1, label: string) => {
    const to = shiftedPeriod(period, by, today);
    const arrow = (
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={by < 0 ? "M7.5 2.5 4 6l3.5 3.5" : "M4.5 2.5 8 6 4.5 9.5"} />
      </svg>
    );
    if (to === undefined) {
      return (
        <span class="button step" aria-disabled="true">
          {arrow}
        </span>
      );
    }
    return (
      <Link to={{ period: to, unit: undefined }} class="button step" label={label} title={label}>
        {arrow}
      </Link>
    );
  };
  return (
    <div class="date-picker">
      {step(-1, words.earlier)}
      {step(1, words.later)}
      <Menu
        label={periodName(period, today)}
        name={words.dateRange(periodName(period, today))}
        align="end"
      >
        {(close) => (
          <div class="dates-menu">
            <ul class="choices">
              {PERIOD_CHOICES.map(({ name, key, periodOn }) => (
                <li key={name}>
                  <Link
                    to={{ period: periodOn(today), unit: undefined }}
                    class="choice"
                    isCurrent={periodName(periodOn(today), today) === periodName(period, today)}
                    onFollowed={close}
                  >
                    {words.periods[name]}
                    {key !== undefined && <kbd>{key}</kbd>}
                  </Link>
                </li>
              ))}
            </ul>
            <div class="dates-more">
              <RangeForm period={period} today={today} onChosen={close} />
              <fieldset>
                <legend>{words.compare}</legend>
                {COMPARISONS.map((compare) => (
                  <Link
                    key={compare}
                    to={{ compare }}
                    class="choice"
                    isCurrent={view.compare === compare}
                    onFollowed={close}
                  >
                    {words.comparisons[compare]}
                  </Link>
                ))}
              </fieldset>
              <fieldset>
                <legend>{words.timeZone}</legend>
                {[false, true].map((isOwnZone) => (
                  <Link
                    key={String(isOwnZone)}
                    to={{ isOwnZone }}
                    class="choice"
                    isCurrent={view.isOwnZone === isOwnZone}
                    onFollowed={close}
                  >
                    {isOwnZone ? words.ownZone : words.siteZone}
                    <span class="quiet">{isOwnZone ? ownZone() : siteZone}</span>
                  </Link>
                ))}
              </fieldset>
            </div>
          </div>
        )}
      </Menu>
    </div>
  );
}

export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Returns the name of a period, or its dates where it has none. */
export function periodName(period: Period, today: string): string {
  if (period.kind === "preset") return words.periods[period.preset] ?? period.preset;
  const known = PERIOD_CHOICES.find(({ periodOn }) => {
    const dates = periodOn(today);
    return dates.kind === "dates" && dates.from === period.from && dates.to === period.to;
  });
  return (known && words.periods[known.name]) ?? datesText(period);
}

function RangeForm({
  period,
  today,
  onChosen,
}: {
  readonly period: Period;
  readonly today: string;
  readonly onChosen: () => void;
}) {
  const { go } = useRoute();
  const dates = datesOf(period, today) ?? { from: today, to: today };
  const [from, setFrom] = useState(dates.from);
  const [to, setTo] = useState(dates.to > today ? today : dates.to);
  return (
    <form
      class="range-form"
      onSubmit={(event) => {
        event.preventDefault();
        const isToday = from === today && to === today;
        const chosen: Period = isToday ? presetPeriod("day") : { kind: "dates", from, to };
        go({ period: chosen, unit: undefined });
        onChosen();
      }}
    >
      <label>
        <span>{words.from}</span>
        <input
          class="field"
          type="date"
          required
          max={to}
          value={from}
          onInput={({ currentTarget }) => setFrom(currentTarget.value)}
        />
      </label>
      <label>
        <span>{words.to}</span>
        <input
          class="field"
          type="date"
          required
          min={from}
          max={today}
          value={to}
          onInput={({ currentTarget }) => setTo(currentTarget.value)}
        />
      </label>
      <button type="submit" class="button primary">
        {words.apply}
      </button>
    </form>
  );
}
