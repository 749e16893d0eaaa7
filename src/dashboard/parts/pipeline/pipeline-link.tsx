import { askSession, type Session } from "../../api/engine/session.ts";
import { useAnswer } from "../../asking/use-answer.ts";
import { words } from "../../words/words.ts";

/** For administrators of every site, and for those who may sign in as one. */
export function PipelineLink() {
  const { answer: session } = useAnswer<"own", Session>("own", askSession);
  if (session === undefined) return null;
  const { signed_in, kind, site_id = null } = session;
  if (signed_in && (kind !== "admin" || site_id !== null)) return null;
  return <a href="?pipeline">{words.pipeline.title}</a>;
}
