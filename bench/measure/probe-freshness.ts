import { setTimeout as delay } from "node:timers/promises";

/** Concurrent probes: some hundred per second, too few to be a load. */
const PROBERS = 4;
/** Time between two reads: the maximum error of the figure. */
const POLL_MS = 2;
const DEADLINE_MS = 10_000;

/** Duration of the probes, after a warm-up. */
export interface ProbeTiming {
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/**
 * Sends one event after another, each on a new site, and reads `/stats` of that site until it shows the event. Returns the
 * milliseconds from the 202 to that response. Measured from outside, independently of the engine's own histogram.
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
