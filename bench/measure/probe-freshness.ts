import { setTimeout as delay } from "node:timers/promises";

/** Probes under way at a time: some hundred a second, too few to be a load. */
const PROBERS = 4;
/** Between an answer of `/stats` and the next question: what the figure is too high by at most. */
const POLL_MS = 2;
const DEADLINE_MS = 10_000;

/** For how long to probe, after a time in which what is seen does not count. */
export interface ProbeTiming {
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/**
 * Sends one event after another, each on a site of its own, and asks `/stats` of that site until the event
 * is there. Answers the milliseconds from its 202 to the answer that showed it. From outside, so that it holds for
 * whatever the engine may do in between; the engine's own histogram, once there is one, can be held against it.
 */
export async function probeFreshness(
  url: string,
  { seconds, warmUpSeconds }: ProbeTiming,
): Promise<readonly number[]> {
  const lagsMs: number[] = [];
  const warmAtMs = performance.now() + warmUpSeconds * 1_000;
  const endMs = warmAtMs + seconds * 1_000;
  await Promise.all(
    Array.from({ length: PROBERS }, async () => {
      while (performance.now() < endMs) {
        const sentMs = performance.now();
        const lagMs = await probeOnce(url);
        if (sentMs >= warmAtMs) lagsMs.push(lagMs);
      }
    }),
  );
  return lagsMs;
}

async function probeOnce(url: string): Promise<number> {
  const siteId = `probe-${crypto.randomUUID()}`;
  const body = {
    site_id: siteId,
    event_type: "page_view",
    path: "/",
    user_id: "prober",
    timestamp: new Date().toISOString(),
  };
  const accepted = await fetch(`${url}/event`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  await accepted.arrayBuffer();
  if (accepted.status !== 202) throw new Error(`A probe was answered ${accepted.status}`);
  const acceptedMs = performance.now();
  const question = `${url}/stats?site_id=${siteId}&date=${body.timestamp.slice(0, 10)}`;
  while (performance.now() < acceptedMs + DEADLINE_MS) {
    const stats = await (await fetch(question)).text();
    if (stats.includes('"total_views":1,')) return performance.now() - acceptedMs;
    await delay(POLL_MS);
  }
  throw new Error(`An event was not in /stats after ${DEADLINE_MS} ms`);
}
