import { useState } from "preact/hooks";
import { SITE_ID_BYTES_MAX, SITE_NAME_BYTES_MAX } from "../../text-limits.ts";
import { askSession, type Session } from "../api/engine/session.ts";
import { RequestFailure } from "../api/request.ts";
import { addSite } from "../api/sites/add-site.ts";
import { useRoute } from "../app/route.ts";
import { useTitle } from "../app/use-title.ts";
import { withinBytes } from "../app/within-bytes.ts";
import { useAnswer } from "../asking/use-answer.ts";
import { ownZone } from "../parts/dates/date-picker.tsx";
import { Link } from "../parts/link.tsx";
import { words } from "../words/words.ts";

/** Asks for a new site, then goes to it, where its script is. */
export function AddSite() {
  const { go } = useRoute();
  const { answer: session } = useAnswer<"own", Session>("own", askSession);
  const [problem, setProblem] = useState("");
  useTitle(words.addSite.title);
  if (session === undefined) return null;
  const isAdmin = session.kind === "admin";
  const submit = async (form: HTMLFormElement) => {
    const fields = new FormData(form);
    const text = (name: string) => {
      const value = fields.get(name);
      return typeof value === "string" ? value.trim() : "";
    };
    const site_id = text("site_id");
    try {
      const name = text("name");
      const settings = { time_zone: text("time_zone"), ...(name !== "" && { name }) };
      if (isAdmin) await addSite({ site_id, ...settings });
      go({ site: site_id, isAdding: false, filters: [], period: undefined });
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <main class="shell sign-in">
      <h1>{words.addSite.title}</h1>
      <p class="quiet">{words.addSite.lead}</p>
      {session.needed && !isAdmin ? (
        <p class="card notice">{words.addSite.needsAdmin}</p>
      ) : (
        <form
          class="card"
          onSubmit={(event) => {
            event.preventDefault();
            void submit(event.currentTarget);
          }}
        >
          <label for="site-id">{words.addSite.id}</label>
          <input
            id="site-id"
            name="site_id"
            class="field"
            placeholder="example.com"
            onInput={withinBytes(SITE_ID_BYTES_MAX)}
            autocapitalize="none"
            spellcheck={false}
            required
            autofocus
            aria-describedby="add-problem"
            aria-invalid={problem !== ""}
          />
          {isAdmin && (
            <>
              <label for="site-name">{words.addSite.name}</label>
              <input
                id="site-name"
                name="name"
                class="field"
                onInput={withinBytes(SITE_NAME_BYTES_MAX)}
              />
              <label for="site-zone">{words.timeZone}</label>
              <select id="site-zone" name="time_zone" class="field">
                {zones().map((zone) => (
                  <option key={zone} value={zone} selected={zone === ownZone()}>
                    {zone}
                  </option>
                ))}
              </select>
            </>
          )}
          <p id="add-problem" class="problem" role="alert">
            {problem}
          </p>
          <button type="submit" class="button primary">
            {words.addSite.submit}
          </button>
          {!isAdmin && <p class="quiet">{words.addSite.withoutSettings}</p>}
        </form>
      )}
      <p class="back">
        <Link to={{ isAdding: false }}>{words.addSite.back}</Link>
      </p>
    </main>
  );
}

function zones(): readonly string[] {
  return [...new Set([ownZone(), "UTC", ...Intl.supportedValuesOf("timeZone")])];
}

function problemOf(error: unknown): string {
  if (!(error instanceof RequestFailure)) return String(error);
  if (error.kind === "lost") return words.failures.lost.title;
  return error.code === "site_exists" ? words.addSite.exists : error.message;
}
