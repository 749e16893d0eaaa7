import type { Boot } from "../api/boot.ts";
import type { Live } from "../api/live.ts";
import { askSites, type ReadableSite } from "../api/sites/sites.ts";
import { useRoute } from "../app/route.ts";
import { useTitle } from "../app/use-title.ts";
import { Ticks, useRefresh } from "../asking/refresh.ts";
import { useAnswer } from "../asking/use-answer.ts";
import { useLive } from "../asking/use-live.ts";
import { PageFoot } from "../parts/page-foot.tsx";
import { SiteMenu, titleOf } from "../parts/sites/site-menu.tsx";
import { words } from "../words/words.ts";

/** An event of an import is in no live numbers, so that the list of sites is asked, too. */
const WAITING_MS = 2_000;

interface FirstEventProps {
  readonly boot: Boot;
  readonly sites: readonly ReadableSite[];
  readonly site: ReadableSite;
}

/** A site without events: its script, and the first event as it arrives. */
export function FirstEvent({ boot, sites, site }: FirstEventProps) {
  const tick = useRefresh(true, WAITING_MS);
  useTitle(titleOf(site));
  return (
    <div class="shell">
      <header class="bar">
        <SiteMenu sites={sites} current={site} />
      </header>
      <main class="welcome first-event">
        <Ticks.Provider value={tick}>
          <Arrival site={site} />
        </Ticks.Provider>
        <h2>{words.firstEvent.script}</h2>
        <p class="quiet">{words.firstEvent.scriptMeaning}</p>
        <pre>{scriptTag(boot.origin, site.site_id)}</pre>
        <p class="quiet">{words.firstEvent.key}</p>
      </main>
      <PageFoot boot={boot} />
    </div>
  );
}

function Arrival({ site }: { site: ReadableSite }) {
  const { hrefOf } = useRoute();
  const live = useLive(site.site_id, () => undefined);
  const { answer = [] } = useAnswer({ site_id: site.site_id }, askSites);
  const hasArrived = (live?.visitors ?? 0) > 0 || answer.some(({ first_date }) => first_date);
  return (
    <div class={hasArrived ? "card arrival arrived" : "card arrival"} role="status">
      <span class={hasArrived ? "dot good" : "dot live"} />
      <strong>{hasArrived ? words.firstEvent.arrived : words.firstEvent.waiting}</strong>
      {live !== undefined && hasArrived && <ArrivedPages live={live} />}
      {/* Loads the page anew, which knows the site then. */}
      {hasArrived && (
        <a class="button primary" href={hrefOf({})}>
          {words.firstEvent.show}
        </a>
      )}
    </div>
  );
}

function ArrivedPages({ live }: { live: Live }) {
  return (
    <span class="quiet">
      {live.top_pages.map(({ path }) => (
        <bdi key={path}>{path}</bdi>
      ))}
    </span>
  );
}

function scriptTag(origin: string, siteId: string): string {
  const site = siteId.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<script defer data-site="${site}" src="${origin}/script.js"></script>`;
}
