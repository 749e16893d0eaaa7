import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { type Key, LIMIT_NAMES } from "../../api/engine/keys.ts";
import { count, moment } from "../../numbers/pipeline.ts";
import { words } from "../../words/words.ts";

const { pipeline } = words;
/** An engine may have a key for each of thousands of sites. */
const SHOWN_MAX = 100;

interface KeyListProps {
  readonly keys: readonly Key[];
  readonly action: (key: Key) => ComponentChildren;
}

/** The first keys; where there are more, those that a search finds. */
export function KeyList({ keys, action }: KeyListProps) {
  const [search, setSearch] = useState("");
  const found = search === "" ? keys : keys.filter((key) => isFound(key, search.toLowerCase()));
  return (
    <>
      {keys.length > SHOWN_MAX && (
        <div class="panel-actions">
          <input
            type="search"
            class="field"
            placeholder={words.search}
            aria-label={`${words.search}: ${pipeline.keys}`}
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value)}
          />
          <span class="quiet" role="status">
            {pipeline.shownOf(count(Math.min(found.length, SHOWN_MAX)), count(found.length))}
          </span>
        </div>
      )}
      <ul class="keys">
        {found.slice(0, SHOWN_MAX).map((key) => (
          <li key={key.key_id}>
            <KeyText keyOf={key} />
            {action(key)}
          </li>
        ))}
      </ul>
    </>
  );
}

function KeyText({ keyOf }: { keyOf: Key }) {
  const { key_id, kind, site_id, label, created_at, expires_at, revoked_at, last_used_at } = keyOf;
  return (
    <span class="key-text">
      <strong>
        <bdi>{label || key_id}</bdi>
      </strong>
      <span>
        {pipeline.kinds[kind]}, <bdi>{site_id ?? pipeline.everySite}</bdi>
      </span>
      <span class="quiet">
        {label !== "" && `${key_id} · `}
        {pipeline.created(moment(created_at))} ·{" "}
        {last_used_at === null ? pipeline.neverUsed : pipeline.used(moment(last_used_at))}
        {expires_at !== null && ` · ${pipeline.expires(moment(expires_at))}`}
        {revoked_at !== null && ` · ${pipeline.revoked(moment(revoked_at))}`}
        {limitTexts(keyOf).map((text) => ` · ${text}`)}
      </span>
    </span>
  );
}

function limitTexts({ limits }: Key): readonly string[] {
  return LIMIT_NAMES.flatMap((name) => {
    const limit = limits[name];
    return limit === undefined ? [] : [`${pipeline.limitNames[name]}: ${count(limit)}`];
  });
}

function isFound({ key_id, label, site_id }: Key, search: string): boolean {
  return [key_id, label, site_id ?? ""].some((text) => text.toLowerCase().includes(search));
}
