import { useState } from "preact/hooks";
import { askSession, type Session } from "../api/engine/session.ts";
import { askShares, createShare, revokeShare, type Share } from "../api/sites/shares.ts";
import { formText } from "../app/form-text.ts";
import { useAnswer } from "../asking/use-answer.ts";
import { dateText } from "../numbers/dates.ts";
import { problemOf } from "../views/sign-in.tsx";
import { words } from "../words/words.ts";
import { CopyField } from "./copy-field.tsx";
import { Menu } from "./menu.tsx";

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

interface Made {
  readonly token: string;
  readonly hasPassword: boolean;
}

function Shares({ site }: { site: string }) {
  const [changes, setChanges] = useState(0);
  const [made, setMade] = useState<Made | undefined>();
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
    const token = await createShare({
      site_id: site,
      ...(label !== "" && { label }),
      ...(password !== "" && { password }),
    });
    setMade({ token, hasPassword: password !== "" });
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
          <input name="label" class="field" maxLength={100} placeholder={words.share.example} />
        </label>
        <label>
          {words.share.password}
          <input
            name="password"
            type="password"
            class="field"
            autocomplete="new-password"
            minLength={8}
            maxLength={100}
          />
        </label>
        <button type="submit" class="button primary">
          {words.share.create}
        </button>
      </form>
      <p class="problem" role="alert">
        {problem ?? failure?.message}
      </p>
      {made !== undefined && <NewLink {...made} />}
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
function NewLink({ token, hasPassword }: Made) {
  const base = new URL(".", location.href).href;
  return (
    <div class="share-new" role="status">
      <CopyField label={words.share.link} text={`${base}share?link=${token}`} />
      {hasPassword ? (
        <p class="quiet">{words.share.notEmbedded}</p>
      ) : (
        <>
          <CopyField
            label={words.share.embed}
            text={`<iframe src="${base}embed?link=${token}" title="QueueFlow" width="100%" height="900" loading="lazy"></iframe>`}
          />
          <p class="quiet">{words.share.origins}</p>
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
