import { request } from "../request.ts";

/** Of `/sites/goals`. */
export interface Goal {
  readonly name: string;
  readonly filters: readonly unknown[];
  readonly revenue?: { readonly property: string; readonly currency?: string };
}

/** @throws RequestFailure; the reason of `signal` when it aborts. */
export async function askGoals(site: string, signal: AbortSignal): Promise<readonly Goal[]> {
  const response = await request(pathOf({ site_id: site }), {}, signal);
  return ((await response.json()) as { goals: readonly Goal[] }).goals;
}

/** Adds a goal, or replaces the one of its name. @throws RequestFailure. */
export async function putGoal(site: string, goal: Goal): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  await change(pathOf({ site_id: site }), { method: "PUT", headers, body: JSON.stringify(goal) });
}

/** @throws RequestFailure. */
export async function removeGoal(site: string, { name }: Goal): Promise<void> {
  await change(pathOf({ site_id: site, name }), { method: "DELETE" });
}

async function change(path: string, init: RequestInit): Promise<void> {
  await request(path, init, new AbortController().signal);
}

function pathOf(parameters: Readonly<Record<string, string>>): string {
  return `sites/goals?${new URLSearchParams(parameters)}`;
}
