import { useState } from "preact/hooks";
import { dropFragment, signIn } from "../api/engine/session.ts";
import { RequestFailure } from "../api/request.ts";
import { useFocus } from "../app/use-focus.ts";
import { words } from "../words/words.ts";

/** Asks for a key, then loads the same address again. `problem` is why a link did not sign in. */
export function SignIn({ problem }: { problem?: string | undefined }) {
  const [shown, setShown] = useState(problem);
  const [isAsking, setIsAsking] = useState(false);
  const field = useFocus();
  const submit = async (form: HTMLFormElement) => {
    const key = new FormData(form).get("key");
    if (typeof key !== "string") return;
    setIsAsking(true);
    try {
      await signIn({ key: key.trim() });
      reload();
    } catch (error) {
      setShown(problemOf(error));
      setIsAsking(false);
    }
  };
  return (
    <main class="shell sign-in">
      <h1>{words.signIn.title}</h1>
      <p class="quiet">{words.signIn.lead}</p>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(event.currentTarget);
        }}
      >
        <label for="key">{words.signIn.key}</label>
        <input
          ref={field}
          id="key"
          name="key"
          type="password"
          class="field"
          autocomplete="current-password"
          spellcheck={false}
          required
          autofocus
          aria-describedby={shown === undefined ? undefined : "sign-in-problem"}
          aria-invalid={shown !== undefined}
        />
        <p id="sign-in-problem" class="problem" role="alert">
          {shown}
        </p>
        <button type="submit" class="button primary" disabled={isAsking}>
          {words.signIn.submit}
        </button>
      </form>
      <h2>{words.signIn.byLink}</h2>
      <p class="quiet">{words.signIn.byLinkMeaning}</p>
      <pre>queueflow dashboard</pre>
    </main>
  );
}

/** Returns in words why nobody was signed in. */
export function problemOf(error: unknown): string {
  const { problems, otherProblem } = words.signIn;
  if (!(error instanceof RequestFailure)) return otherProblem;
  if (error.kind === "lost") return words.failures.lost.title;
  return problems[error.code] ?? error.message;
}

function reload(): void {
  dropFragment();
  location.reload();
}
