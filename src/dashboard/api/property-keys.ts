import type { ReportBody } from "./report.ts";
import { request } from "./request.ts";

/** A sample tells which properties there are. */
const EVENTS_READ_MAX = 2_000;
const READ_MS_MAX = 4_000;

/** Of which events: those of a question. */
export type SampledEvents = Pick<ReportBody, "site_id" | "date_range" | "filters" | "timezone">;

/**
 * Returns the properties that events have, the most frequent first. Reads the first events of the range, and no more than a few
 * seconds of them.
 *
 * @throws RequestFailure; the reason of `signal` when it aborts.
 */
export async function askPropertyKeys(
  { site_id, date_range, filters = [], timezone }: SampledEvents,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const parameters = new URLSearchParams({
    site_id,
    date_range: String(date_range),
    filters: JSON.stringify(filters),
    ...(timezone !== undefined && { timezone }),
  });
  const leaving = new AbortController();
  const timer = setTimeout(() => leaving.abort(), READ_MS_MAX);
  const counts = new Map<string, number>();
  try {
    const either = AbortSignal.any([signal, leaving.signal]);
    const response = await request(`export?${parameters}`, {}, either);
    let read = 0;
    for await (const line of linesOf(response)) {
      for (const key of keysIn(line)) counts.set(key, (counts.get(key) ?? 0) + 1);
      read += 1;
      if (read === EVENTS_READ_MAX) break;
    }
  } catch (error) {
    // What was read until then tells enough.
    if (!leaving.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    leaving.abort();
  }
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([key]) => key);
}

async function* linesOf({ body }: Response): AsyncGenerator<string> {
  if (body === null) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

function keysIn(line: string): readonly string[] {
  const { properties } = JSON.parse(line) as { properties?: object };
  return Object.keys(properties ?? {});
}
