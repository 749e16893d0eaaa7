import { useEffect, useState } from "preact/hooks";
import type { Boot } from "../api/boot.ts";
import type { FailureKind } from "../api/failure-kind.ts";
import { askSites, type ReadableSite, type SitesQuestion } from "../api/sites/sites.ts";
import { Ticks, useRefresh } from "../asking/refresh.ts";
import { useAnswer } from "../asking/use-answer.ts";
import { useIsKeyRequired } from "../asking/use-is-key-required.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { AddSite } from "../views/add-site.tsx";
import { AllSites } from "../views/all-sites.tsx";
import { FirstEvent } from "../views/first-event.tsx";
import { SignIn } from "../views/sign-in.tsx";
import { SiteView } from "../views/site-view.tsx";
import { Welcome } from "../views/welcome.tsx";
import { Routes, useOwnRoute } from "./route.ts";
import { useThemeChoice } from "./theme.ts";
import type { View } from "./view.ts";

/** How soon a newcomer sees that the first event has arrived. */
const WAITING_MS = 2_000;

export function App({ boot }: { boot: Boot }) {
  const route = useOwnRoute();
  const [isWaiting, setIsWaiting] = useState(false);
  const tick = useRefresh(isWaiting, WAITING_MS);
  const isKeyRequired = useIsKeyRequired();
  useThemeChoice();
  if (isKeyRequired) return <SignIn />;
  return (
    <Routes.Provider value={route}>
      <Ticks.Provider value={tick}>
        <Page boot={boot} view={route.view} onWaiting={setIsWaiting} />
      </Ticks.Provider>
    </Routes.Provider>
  );
}

interface PageProps {
  readonly boot: Boot;
  readonly view: View;
  readonly onWaiting: (isWaiting: boolean) => void;
}

/** A lost engine is asked again, and the sign-in form replaces the page. */
const UNSHOWN: readonly FailureKind[] = ["lost", "key_required"];

/** Sites that fit into one answer need no search. */
const FIRST_SITES: SitesQuestion = {};

function Page({ boot, view: { site: asked, isAdding }, onWaiting }: PageProps) {
  const { answer: sites, failure } = useAnswer<SitesQuestion, readonly ReadableSite[]>(
    FIRST_SITES,
    askSites,
  );
  const listed = sites?.find(({ site_id }) => site_id === asked);
  const isElsewhere = asked !== "" && sites !== undefined && listed === undefined;
  const { answer: found } = useAnswer(isElsewhere ? { site_id: asked } : undefined, askSites);
  const isWaiting =
    sites !== undefined && asked === "" && sites.every(({ first_date }) => first_date === null);
  useEffect(() => onWaiting(isWaiting), [isWaiting]);
  if (sites === undefined) {
    return failure === undefined || UNSHOWN.includes(failure.kind) ? null : (
      <main class="shell">
        <h1 class="for-readers">QueueFlow</h1>
        <FailureNotice failure={failure} />
      </main>
    );
  }
  if (isAdding) return <AddSite />;
  if (isWaiting) return <Welcome boot={boot} />;
  if (isElsewhere && found === undefined) return null;
  const only = asked === "" && sites.length === 1 ? sites[0] : undefined;
  const site = listed ?? only ?? found?.[0] ?? unknownSite(asked);
  if (site.site_id === "") return <AllSites boot={boot} />;
  if (site.first_date === null) return <FirstEvent boot={boot} sites={sites} site={site} />;
  return <SiteView boot={boot} sites={sites} site={site} />;
}

/** A link may name a site that nobody has added: its first event adds it. */
function unknownSite(siteId: string): ReadableSite {
  return { site_id: siteId, name: "", time_zone: "UTC", first_date: null };
}
