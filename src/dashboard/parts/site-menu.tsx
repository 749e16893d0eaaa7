import { useState } from "preact/hooks";
import { SHARED } from "../api/shared.ts";
import type { ReadableSite } from "../api/sites.ts";
import { words } from "../words/words.ts";
import { Link } from "./link.tsx";
import { Menu } from "./menu.tsx";

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
  const searched = written.toLowerCase();
  const found = sites.filter((site) =>
    `${site.site_id} ${site.name}`.toLowerCase().includes(searched),
  );
  return (
    <>
      {sites.length > UNSEARCHED_MAX && (
        <input
          type="search"
          class="field"
          autofocus
          placeholder={words.searchSites}
          aria-label={words.searchSites}
          value={written}
          onInput={({ currentTarget }) => setWritten(currentTarget.value)}
        />
      )}
      <ul class="choices">
        {found.slice(0, SHOWN_MAX).map((site) => (
          <li key={site.site_id}>
            <Link
              to={{ site: site.site_id, filters: [], details: undefined }}
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
      </ul>
    </>
  );
}

export function titleOf({ site_id, name }: ReadableSite): string {
  return name === "" ? site_id : name;
}
