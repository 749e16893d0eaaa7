import { sleep } from "k6";
import http from "k6/http";
import { siteName } from "./event.ts";
import { daysUnread, eventsMissing, eventsSurplus } from "./metrics.ts";
import { dayPath, READ_PARAMS, readBacklog, TARGET, viewsOf } from "./requests.ts";
import { DAY_MS, dayOf, type Run } from "./run.ts";
import { DURATION } from "./setting-kinds.ts";
import { setting } from "./settings.ts";

/** How long the events of a run may take to be stored after its end. */
export const STORED_WITHIN_SECONDS = setting("STORED_WITHIN", DURATION, 60);

/** Waits until the events of the run are stored, and counts them. */
export function checkStored(run: Run | undefined): void {
  // k6 2.2 does not call this after a setup that ended the run; other versions may.
  if (run === undefined) return;
  const endMs = Date.now() + 1_000 * STORED_WITHIN_SECONDS;
  untilStored(endMs);
  let unread = pathsOf(run);
  let stored = 0;
  for (;;) {
    const views = readTogether(unread);
    for (const count of views) stored += count ?? 0;
    unread = unread.filter((_, index) => views[index] === undefined);
    if (unread.length === 0 || Date.now() > endMs) break;
    // A read may be refused because others wait.
    sleep(0.5);
  }
  eventsMissing.add(-stored);
  eventsSurplus.add(stored);
  daysUnread.add(unread.length);
}

/** Waits until the engine has stored everything that it accepted before this call, at most until `endMs`. */
export function untilStored(endMs: number): void {
  const startMs = Date.now();
  for (let nowMs = startMs; nowMs < endMs; nowMs = Date.now()) {
    const backlog = readBacklog();
    // The events of other clients may be in the backlog.
    if (backlog !== undefined && (backlog.pending === 0 || backlog.lagMs < nowMs - startMs)) return;
    sleep(0.1);
  }
}

/** Returns the paths that read every site and day of the run. */
function pathsOf({ sites, firstMs }: Run): readonly string[] {
  const paths: string[] = [];
  for (let rank = 1; rank <= sites.count; rank += 1) {
    for (let dayMs = Date.parse(dayOf(firstMs)); dayMs <= Date.now(); dayMs += DAY_MS) {
      paths.push(dayPath(siteName(rank, sites), dayOf(dayMs)));
    }
  }
  return paths;
}

/** Returns the views of each path, undefined for those that could not be read. */
function readTogether(paths: readonly string[]): readonly (number | undefined)[] {
  const requests = paths.map((path) => ({
    method: "GET",
    url: `${TARGET}${path}`,
    params: READ_PARAMS,
  }));
  return http
    .batch(requests)
    .map(({ status, body }) => (status === 200 ? viewsOf(body) : undefined));
}
