import type { ThreadFigures } from "../thread-report.ts";
import type { RunningRole } from "./running-role.ts";

/** Runs a role on several shards as one: its work is as old as the oldest, and fails if any does. */
export function onShards(roles: readonly RunningRole[]): RunningRole {
  const [first] = roles;
  if (first !== undefined && roles.length === 1) return first;
  return {
    figures: () => joined(roles.map(({ figures }) => figures())),
    done: Promise.all(roles.map(async ({ done }) => await done)).then(() => undefined),
    stop: async () => void (await Promise.all(roles.map(async ({ stop }) => await stop()))),
  };
}

function joined(figures: readonly ThreadFigures[]): ThreadFigures {
  const commits = figures.flatMap(({ lastCommitAt: at }) => (at === null ? [] : [at]));
  return {
    workAgeMs: Math.max(0, ...figures.map(({ workAgeMs }) => workAgeMs)),
    lastCommitAt: commits.toSorted().at(-1) ?? null,
    error: figures.find(({ error }) => error !== null)?.error ?? null,
  };
}
