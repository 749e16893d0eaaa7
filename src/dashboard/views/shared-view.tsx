import { useState } from "preact/hooks";
import type { Boot } from "../api/boot.ts";
import { SHARED } from "../api/shared.ts";
import { askSharedSite, givePassword } from "../api/sites/shares.ts";
import type { ReadableSite } from "../api/sites/sites.ts";
import { formText } from "../app/form-text.ts";
import { Routes, useOwnRoute } from "../app/route.ts";
import { useThemeChoice } from "../app/theme.ts";
import { Ticks, useRefresh } from "../asking/refresh.ts";
import { useAnswer } from "../asking/use-answer.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { words } from "../words/words.ts";
import { problemOf } from "./sign-in.tsx";
import { SiteView } from "./site-view.tsx";

/** What a public link shows: one site, and nothing of the engine. */
export function SharedApp({ boot }: { boot: Boot }) {
  const route = useOwnRoute();
  useThemeChoice();
  // A link that is revoked closes the page.
  const tick = useRefresh(SHARED?.as !== "refused");
  return (
    <Routes.Provider value={route}>
      <Ticks.Provider value={tick}>
        {SHARED?.as === "refused" ? (
          <Message title={words.shared.refused} advice={words.shared.refusedAdvice} />
        ) : (
          <SharedSite boot={boot} />
        )}
      </Ticks.Provider>
    </Routes.Provider>
  );
}

function SharedSite({ boot }: { boot: Boot }) {
  const { answer: site, failure } = useAnswer<"link", ReadableSite>("link", askSharedSite);
  if (failure?.code === "password_required") return <Password />;
  if (failure?.code === "link_unknown" && !boot.canSignIn) {
    return <Message title={words.openToAll.link} advice={words.openToAll.linkAdvice} />;
  }
  if (failure?.code === "link_unknown") {
    return <Message title={words.shared.over} advice={words.shared.overAdvice} />;
  }
  if (site !== undefined) return <SiteView boot={boot} sites={[site]} site={site} />;
  return failure === undefined || failure.kind === "lost" ? null : (
    <main class="shell">
      <h1 class="for-readers">QueueFlow</h1>
      <FailureNotice failure={failure} />
    </main>
  );
}

function Message({ title, advice }: { title: string; advice: string }) {
  return (
    <main class="shell sign-in">
      <h1>{title}</h1>
      <p class="quiet">{advice}</p>
    </main>
  );
}

function Password() {
  const [problem, setProblem] = useState<string | undefined>();
  const [isAsking, setIsAsking] = useState(false);
  const submit = async (form: HTMLFormElement) => {
    setIsAsking(true);
    try {
      await givePassword(formText(form, "password"));
      location.reload();
    } catch (error) {
      setProblem(problemOf(error));
      setIsAsking(false);
    }
  };
  return (
    <main class="shell sign-in">
      <h1>{words.shared.locked}</h1>
      <p class="quiet">{words.shared.lockedAdvice}</p>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(event.currentTarget);
        }}
      >
        <label for="password">{words.shared.password}</label>
        <input
          id="password"
          name="password"
          type="password"
          class="field"
          autocomplete="current-password"
          required
          autofocus
          aria-describedby={problem === undefined ? undefined : "password-problem"}
          aria-invalid={problem !== undefined}
        />
        <p id="password-problem" class="problem" role="alert">
          {problem}
        </p>
        <button type="submit" class="button primary" disabled={isAsking}>
          {words.shared.open}
        </button>
      </form>
    </main>
  );
}
