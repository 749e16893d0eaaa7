import { request } from "../request.ts";
import { SHARED } from "../shared.ts";
import type { Annotation } from "./annotation.ts";

/** @throws RequestFailure; the reason of `signal` when it aborts. */
export async function askAnnotations(
  site: string,
  signal: AbortSignal,
): Promise<readonly Annotation[]> {
  // A public link has one site.
  const path = SHARED === undefined ? pathOf({ site_id: site }) : "annotations";
  const response = await request(path, {}, signal);
  return ((await response.json()) as { annotations: readonly Annotation[] }).annotations;
}

/** @throws RequestFailure. */
export async function addAnnotation(
  site: string,
  fields: Pick<Annotation, "when" | "text">,
): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ site_id: site, ...fields });
  const init = { method: "POST", headers, body };
  await request("sites/annotations", init, new AbortController().signal);
}

/** @throws RequestFailure. */
export async function removeAnnotation(site: string, { annotation_id }: Annotation): Promise<void> {
  const path = pathOf({ site_id: site, annotation_id });
  await request(path, { method: "DELETE" }, new AbortController().signal);
}

function pathOf(parameters: Readonly<Record<string, string>>): string {
  return `sites/annotations?${new URLSearchParams(parameters)}`;
}
