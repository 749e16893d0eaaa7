import type { Live, LiveMinute } from "../api/live.ts";
import { useRoute } from "../app/route.ts";
import { useLive } from "../asking/use-live.ts";
import { clockText } from "../numbers/dates.ts";
import { fullValue, shortValue } from "../numbers/format.ts";
import { withValue } from "../report/filter-chip.ts";
import { words } from "../words/words.ts";
import { Link } from "./link.tsx";
import { Menu } from "./menu.tsx";

interface LiveMenuProps {
  readonly site: string;
  /** Called when events have arrived. */
  readonly onArrival: () => void;
}

/** Who visits the site now; behind it, the last minutes and the pages. */
export function LiveMenu({ site, onArrival }: LiveMenuProps) {
  const live = useLive(site, onArrival);
  const visitors = live?.visitors ?? 0;
  return (
    <Menu
      class={live === undefined ? "now unknown" : "now"}
      label={
        <>
          <span class={visitors > 0 ? "dot live" : "dot"} />
          {words.visitorsNow(shortValue("visitors", visitors), visitors)}
        </>
      }
    >
      {(close) => live !== undefined && <LiveNumbers live={live} onChosen={close} />}
    </Menu>
  );
}

function LiveNumbers({ live, onChosen }: { live: Live; onChosen: () => void }) {
  const { view } = useRoute();
  return (
    <div class="live-numbers">
      <h2>{words.live.minutes(live.minutes.length)}</h2>
      <Minutes minutes={live.minutes} />
      <h2>{words.live.pages}</h2>
      {live.top_pages.length === 0 && <p class="quiet">{words.live.nobody}</p>}
      <ul class="choices">
        {live.top_pages.map(({ path, visitors }) => (
          <li key={path}>
            <Link
              to={{
                filters: withValue(view.filters, "event:page", { value: path, operator: "is" }),
              }}
              class="choice"
              title={path}
              onFollowed={onChosen}
            >
              <bdi>{path}</bdi>
              <span class="number">{fullValue("visitors", visitors)}</span>
            </Link>
          </li>
        ))}
      </ul>
      <p class="quiet">{words.nowMeaning(live.window_s / 60)}</p>
    </div>
  );
}

/** Page views of each minute, the current one at the end. */
function Minutes({ minutes }: { minutes: readonly LiveMinute[] }) {
  const most = Math.max(...minutes.map(({ pageviews }) => pageviews), 1);
  return (
    <ol class="minutes">
      {minutes.map(({ minute, visitors, pageviews }) => {
        const text = words.live.minute(clockText(minute), visitors, pageviews);
        return (
          <li key={minute} title={text}>
            <span class="for-readers">{text}</span>
            <span class="minute" style={{ height: `${(pageviews / most) * 100}%` }} />
          </li>
        );
      })}
    </ol>
  );
}
