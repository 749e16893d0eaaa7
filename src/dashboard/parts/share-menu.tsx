import { useState } from "preact/hooks";
import {
  OWN_LABEL_BYTES_MAX,
  PASSWORD_BYTES_MAX,
  PASSWORD_CHARACTERS_MIN,
} from "../../text-limits.ts";
import { askSession, type Session } from "../api/engine/session.ts";
import {
  askShares,
  createShare,
  type NewShare,
  revokeShare,
  type Share,
} from "../api/sites/shares.ts";
import { formText } from "../app/form-text.ts";
import { withinBytes } from "../app/within-bytes.ts";
import { useAnswer } from "../asking/use-answer.ts";
import { dateText } from "../numbers/dates.ts";
import { problemOf } from "../views/sign-in.tsx";
import { words } from "../words/words.ts";
import { CopyField } from "./copy-field.tsx";
import { Menu } from "./menu.tsx";

const ORIGINS_NAMED_MAX = 5;

/** Makes and revokes public links, for an administrator of the site. */
export function ShareMenu({ site }: { site: string }) {
  const { answer: session } = useAnswer<"own", Session>("own", askSession);
  if (session?.kind !== "admin" || (session.site_id ?? site) !== site) return null;
  return (
    <Menu class="share-menu" align="end" label={words.share.menu}>
      {() => <Shares key={site} site={site} />}
    </Menu>
  );
}

function Shares({ site }: { site: string }) {
  const [changes, setChanges] = useState(0);
  const [made, setMade] = useState<NewShare | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  const { answer, failure } = useAnswer<Asked, readonly Share[]>({ site, changes }, askSharesOf);
  const change = async (work: () => Promise<void>) => {
    setProblem(undefined);
    await work().catch((error: unknown) => setProblem(problemOf(error)));
    setChanges((n) => n + 1);
  };
  const create = async (form: HTMLFormElement) => {
    const label = formText(form, "label").trim();
    const password = formText(form, "password");
    const share = await createShare({
      site_id: site,
      ...(label !== "" && { label }),
      ...(password !== "" && { password }),
    });
    setMade(share);
    form.reset();
  };
  return (
    <div class="share">
      <p class="quiet">{words.share.meaning}</p>
      <form
        class="share-form"
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          void change(async () => await create(form));
        }}
      >
        <label>
          {words.share.label}
          <input
            name="label"
            class="field"
            placeholder={words.share.example}
            onInput={withinBytes(OWN_LABEL_BYTES_MAX)}
          />
        </label>
        <label>
          {words.share.password}
          <input
            name="password"
            type="password"
            class="field"
            autocomplete="new-password"
            minLength={PASSWORD_CHARACTERS_MIN}
            onInput={withinBytes(PASSWORD_BYTES_MAX)}
          />
        </label>
        <button type="submit" class="button primary">
          {words.share.create}
        </button>
      </form>
      <p class="problem" role="alert">
        {problem ?? failure?.message}
      </p>
      {made !== undefined && <NewLink site={site} share={made} />}
      {answer !== undefined && answer.length > 0 && (
        <ul class="share-list" aria-label={words.share.links}>
          {answer.map((share) => (
            <li key={share.share_id}>
              <span>
                <bdi>{share.label === "" ? share.share_id : share.label}</bdi>
                <span class="quiet">
                  {" "}
                  {dateText(share.created_at.slice(0, 10))}
                  {share.has_password && ` · ${words.share.withPassword}`}
                </span>
              </span>
              <button
                type="button"
                class="button small"
                onClick={() => void change(async () => await revokeShare(site, share))}
              >
                {words.share.revoke}
                <span class="for-readers"> {share.label || share.share_id}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The link cannot be shown again. */
function NewLink({ site, share }: { site: string; share: NewShare }) {
  const { link, has_password: hasPassword, embed_origins: origins } = share;
  const base = new URL(".", location.href).href;
  return (
    <div class="share-new" role="status">
      <CopyField label={words.share.link} text={`${base}share?link=${link}`} />
      {hasPassword && <p class="quiet">{words.share.notEmbedded}</p>}
      {!hasPassword && origins.length === 0 && (
        <>
          <p>{words.share.noOrigins}</p>
          <pre>
            queueflow sites set {site} --origins https://{site}
          </pre>
        </>
      )}
      {!hasPassword && origins.length > 0 && (
        <>
          <CopyField
            label={words.share.embed}
            text={`<iframe src="${base}embed?link=${link}" title="QueueFlow" width="100%" height="900" loading="lazy"></iframe>`}
          />
          <p class="quiet">{words.share.origins(origins.slice(0, ORIGINS_NAMED_MAX).join(", "))}</p>
        </>
      )}
    </div>
  );
}

interface Asked {
  readonly site: string;
  /** Grows with each change, so that the list is asked for again. */
  readonly changes: number;
}

async function askSharesOf({ site }: Asked, signal: AbortSignal): Promise<readonly Share[]> {
  return await askShares(site, signal);
}
