import { useEffect, useState } from "preact/hooks";
import type { Boot } from "../api/boot.ts";
import { askSites } from "../api/sites.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { SignIn } from "../views/sign-in.tsx";
import { SiteView } from "../views/site-view.tsx";
import { Welcome } from "../views/welcome.tsx";
import { Ticks, useRefresh } from "./refresh.ts";
import { Routes, useOwnRoute } from "./route.ts";
import { useThemeChoice } from "./theme.ts";
import { useAnswer } from "./use-answer.ts";

/** How soon a newcomer sees that the first event has arrived. */
const WAITING_MS = 2_000;

export function App({ boot }: { boot: Boot }) {
  const route = useOwnRoute();
  const [isWaiting, setIsWaiting] = useState(false);
  const tick = useRefresh(isWaiting, WAITING_MS);
  useThemeChoice();
  return (
    <Routes.Provider value={route}>
      <Ticks.Provider value={tick}>
        <Page boot={boot} asked={route.view.site} onWaiting={setIsWaiting} />
      </Ticks.Provider>
    </Routes.Provider>
  );
}

interface PageProps {
  readonly boot: Boot;
  readonly asked: string;
  readonly onWaiting: (isWaiting: boolean) => void;
}

function Page({ boot, asked, onWaiting }: PageProps) {
  const { answer: sites, failure } = useAnswer<"all", Awaited<ReturnType<typeof askSites>>>(
    "all",
    askSites,
  );
  const withEvents = sites?.filter(({ first_date }) => first_date !== null) ?? [];
  const isWaiting = sites !== undefined && withEvents.length === 0;
  useEffect(() => onWaiting(isWaiting), [isWaiting]);
  if (failure?.kind === "key_required") return <SignIn />;
  if (sites === undefined) {
    return failure === undefined || failure.kind === "lost" ? null : (
      <main class="shell">
        <h1 class="for-readers">QueueFlow</h1>
        <FailureNotice failure={failure} />
      </main>
    );
  }
  const site =
    sites.find(({ site_id }) => site_id === asked) ??
    (asked === "" ? withEvents[0] : unknownSite(asked));
  if (site === undefined || isWaiting) return <Welcome boot={boot} />;
  return <SiteView boot={boot} sites={sites} site={site} />;
}

/** A link may name a site whose last event was deleted. Its page is empty, and says so. */
function unknownSite(siteId: string) {
  return { site_id: siteId, name: "", time_zone: "UTC", first_date: null };
}
