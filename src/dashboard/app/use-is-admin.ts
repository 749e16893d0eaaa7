import { askSession, type Session } from "../api/engine/session.ts";
import { useAnswer } from "../asking/use-answer.ts";

/** Whether the viewer administers the site. */
export function useIsAdmin(site: string): boolean {
  const { answer: session } = useAnswer<"own", Session>("own", askSession);
  return session?.kind === "admin" && (session.site_id ?? site) === site;
}
