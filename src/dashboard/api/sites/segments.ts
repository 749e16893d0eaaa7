import { request } from "../request.ts";

/** Of `/sites/segments`: filters with a name. */
export interface Segment {
  readonly name: string;
  readonly filters: readonly unknown[];
}

/** @throws RequestFailure; the reason of `signal` when it aborts. */
export async function askSegments(
  question: { readonly site_id: string },
  signal: AbortSignal,
): Promise<readonly Segment[]> {
  const response = await request(pathOf({ site_id: question.site_id }), {}, signal);
  return ((await response.json()) as { segments: readonly Segment[] }).segments;
}

/** Adds a segment, or replaces the one of its name. @throws RequestFailure. */
export async function putSegment(site: string, segment: Segment): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify(segment);
  await change(pathOf({ site_id: site }), { method: "PUT", headers, body });
}

/** @throws RequestFailure. */
export async function removeSegment(site: string, name: string): Promise<void> {
  await change(pathOf({ site_id: site, name }), { method: "DELETE" });
}

async function change(path: string, init: RequestInit): Promise<void> {
  await request(path, init, new AbortController().signal);
}

function pathOf(parameters: Readonly<Record<string, string>>): string {
  return `sites/segments?${new URLSearchParams(parameters)}`;
}
