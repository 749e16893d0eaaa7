import { useState } from "preact/hooks";
import { SHARED } from "../../api/shared.ts";
import { askSites, type ReadableSite, SITES_MAX } from "../../api/sites/sites.ts";
import { useDelayed } from "../../app/use-delayed.ts";
import { useFocus } from "../../app/use-focus.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { words } from "../../words/words.ts";
import { Link } from "../link.tsx";
import { Menu } from "../menu.tsx";

/** What was looked at within one site does not concern another. */
const ALL_SITES = { site: "", filters: [], details: undefined } as const;
/** So many are found at a glance. */
const UNSEARCHED_MAX = 8;
const SHOWN_MAX = 50;

interface SiteMenuProps {
  readonly sites: readonly ReadableSite[];
  readonly current: ReadableSite;
}

export function SiteMenu({ sites, current }: SiteMenuProps) {
  if (SHARED !== undefined) return <h1 class="shared-site">{titleOf(current)}</h1>;
  return (
    <Menu
      class="site-menu"
      label={<h1>{titleOf(current)}</h1>}
      name={words.siteMenu(titleOf(current))}
    >
      {(close) => <Sites sites={sites} current={current} onChosen={close} />}
    </Menu>
  );
}

function Sites({ sites, current, onChosen }: SiteMenuProps & { onChosen: () => void }) {
  const [written, setWritten] = useState("");
  const field = useFocus();
  const found = useFound(sites, written);
  return (
    <>
      {sites.length > UNSEARCHED_MAX && (
        <input
          type="search"
          class="field"
          ref={field}
          placeholder={words.searchSites}
          aria-label={words.searchSites}
          value={written}
          onInput={({ currentTarget }) => setWritten(currentTarget.value)}
        />
      )}
      <ul class="choices">
        {sites.length > 1 && (
          <li>
            <Link to={{ ...ALL_SITES, isAdding: false }} class="choice" onFollowed={onChosen}>
              {words.allSites.title}
            </Link>
          </li>
        )}
        {found.slice(0, SHOWN_MAX).map((site) => (
          <li key={site.site_id}>
            <Link
              to={{ ...ALL_SITES, site: site.site_id }}
              class="choice"
              isCurrent={site.site_id === current.site_id}
              onFollowed={onChosen}
            >
              <bdi>{titleOf(site)}</bdi>
              {site.name !== "" && site.name !== site.site_id && (
                <span class="quiet">{site.site_id}</span>
              )}
            </Link>
          </li>
        ))}
        <li>
          <Link to={{ isAdding: true }} class="choice" onFollowed={onChosen}>
            {words.allSites.add} …
          </Link>
        </li>
      </ul>
    </>
  );
}

/** Asks the engine where not every site is here. */
function useFound(sites: readonly ReadableSite[], written: string): readonly ReadableSite[] {
  const searched = written.trim().toLowerCase();
  const delayed = useDelayed(searched);
  const mayBeElsewhere = sites.length >= SITES_MAX && delayed !== "";
  const { answer } = useAnswer(mayBeElsewhere ? { search: delayed } : undefined, askSites);
  if (mayBeElsewhere && answer !== undefined) return answer;
  return sites.filter((site) => `${site.site_id} ${site.name}`.toLowerCase().includes(searched));
}

export function titleOf({ site_id, name }: ReadableSite): string {
  return name === "" ? site_id : name;
}
