import { render } from "preact";
import { signIn, takeLinkToken } from "./api/engine/session.ts";
import { readBoot } from "./api/read-boot.ts";
import { RequestFailure } from "./api/request.ts";
import { SHARED } from "./api/shared.ts";
import { App } from "./app/app.tsx";
import { OpenToAll } from "./views/open-to-all.tsx";
import { isPipeline, PipelineView } from "./views/pipeline-view.tsx";
import { SharedApp } from "./views/shared-view.tsx";
import { problemOf, SignIn } from "./views/sign-in.tsx";
import { LOCALE, words } from "./words/words.ts";

const SIGN_IN = "#sign-in";

document.documentElement.lang = LOCALE;
// A link to sign in that is opened in the same tab changes the fragment only.
addEventListener("hashchange", () => location.reload());
const app = document.getElementById("app");
if (app !== null) await show(app);

async function show(element: HTMLElement): Promise<void> {
  if (SHARED !== undefined) return render(<SharedApp boot={readBoot()} />, element);
  const problem = await problemOfLink();
  const asksToSignIn = problem !== undefined || location.hash === SIGN_IN;
  const Own = isPipeline(location.search) ? PipelineView : App;
  const asking = readBoot().canSignIn ? <SignIn problem={problem} /> : <OpenToAll />;
  render(asksToSignIn ? asking : <Own boot={readBoot()} />, element);
}

/** Signs in by the link that was opened, if it is one. Resolves with why that failed. */
async function problemOfLink(): Promise<string | undefined> {
  const token = takeLinkToken();
  if (token === undefined) return undefined;
  try {
    await signIn({ token });
    return undefined;
  } catch (error) {
    const isOver = error instanceof RequestFailure && error.code === "key_unknown";
    return isOver ? words.signIn.linkIsOver : problemOf(error);
  }
}
