import { askSession, type Session, signOut } from "../api/engine/session.ts";
import { useAnswer } from "../asking/use-answer.ts";
import { LOCALE, words } from "../words/words.ts";

/** Who is signed in, and the way out or in. */
export function SignedIn() {
  const { answer: session } = useAnswer<"own", Session>("own", askSession);
  if (session === undefined) return null;
  if (!session.signed_in) return <a href="#sign-in">{words.signIn.submit}</a>;
  return (
    <span class="signed-in">
      {rightsIn(session)}{" "}
      <button type="button" class="as-link" onClick={() => void leave()}>
        {words.signIn.out}
      </button>
    </span>
  );
}

function rightsIn({ kind = "read", site_id, expires_at = "" }: Session): string {
  const until = new Intl.DateTimeFormat(LOCALE, { timeStyle: "short" }).format(
    new Date(expires_at),
  );
  return words.signIn.rights(kind, site_id ?? undefined, until);
}

async function leave(): Promise<void> {
  // The page then says whether the engine is away.
  await signOut().catch(() => undefined);
  location.reload();
}
