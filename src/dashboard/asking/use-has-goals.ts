import { SHARED } from "../api/shared.ts";
import { askGoals } from "../api/sites/goals.ts";
import { askSharedSite } from "../api/sites/shares.ts";
import { useAnswer } from "./use-answer.ts";

/** Returns whether a site has goals, undefined while that is unknown: the engine refuses to count conversions of a site without. */
export function useHasGoals(site: string, { isAsked }: { isAsked: boolean }): boolean | undefined {
  const { answer } = useAnswer(isAsked ? { site_id: site } : undefined, askHasGoals);
  return answer;
}

async function askHasGoals(
  { site_id }: { readonly site_id: string },
  signal: AbortSignal,
): Promise<boolean> {
  if (SHARED !== undefined) return (await askSharedSite("link", signal)).has_goals;
  return (await askGoals(site_id, signal)).length > 0;
}
