import { useEffect, useRef, useState } from "preact/hooks";
import { followLive, type Live } from "../api/live.ts";
import { RequestFailure } from "../api/request.ts";
import { connection } from "./connection.ts";
import { pause } from "./pause.ts";
import { useIsLost } from "./use-connection.ts";
import { useIsSeen } from "./use-is-seen.ts";

/** Until a stream that ended or was cut off is opened again. */
const ENDED_MS = 2_000;
/** Likewise one that was refused. */
const REFUSED_MS = 10_000;
/** For how long numbers are those of now although no new ones can arrive. */
const STALE_MS = 5_000;

/** Returns who visits a site now, undefined while that is unknown. Calls back when events have arrived. */
export function useLive(site: string, onArrival: () => void): Live | undefined {
  const [live, setLive] = useState<Live>();
  const arrived = useRef(onArrival);
  arrived.current = onArrival;
  const isSeen = useIsSeen();
  const isLost = useIsLost();
  useEffect(() => {
    // A browser has six connections for all its pages of an engine.
    if (!isSeen || isLost) return undefined;
    let before: Live | undefined;
    const stop = listen(site, (now) => {
      if (before !== undefined && now !== undefined && hasMore(before, now)) arrived.current();
      before = now ?? before;
      setLive(now);
    });
    return () => {
      stop();
      setLive(undefined);
    };
  }, [site, isSeen, isLost]);
  // An effect runs after the first picture of another site.
  return live?.site_id === site ? live : undefined;
}

/** Calls back with new numbers, and with undefined when they are stale. Returns a function that ends this. */
function listen(site: string, onLive: (live: Live | undefined) => void): () => void {
  const leaving = new AbortController();
  let staling: ReturnType<typeof setTimeout> | undefined;
  const onNews = (live: Live | undefined) => {
    if (live === undefined) {
      staling ??= setTimeout(() => onLive(undefined), STALE_MS);
      return;
    }
    clearTimeout(staling);
    staling = undefined;
    onLive(live);
  };
  const follow = async () => {
    while (!leaving.signal.aborted) {
      const pauseMs = await followLive(site, onNews, leaving.signal).then(
        () => ENDED_MS,
        pauseAfter,
      );
      if (leaving.signal.aborted) return;
      onNews(undefined);
      void connection.check();
      await pause(pauseMs, leaving.signal);
    }
  };
  void follow();
  return () => {
    leaving.abort();
    clearTimeout(staling);
  };
}

function pauseAfter(error: unknown): number {
  const isRefused = error instanceof RequestFailure && error.kind !== "lost";
  return isRefused ? REFUSED_MS : ENDED_MS;
}

/** Minutes leave at one end whether anything arrives or not. */
function hasMore(before: Live, now: Live): boolean {
  const known = new Map(before.minutes.map((each) => [each.minute, each]));
  return now.minutes.some(({ minute, visitors, pageviews }) => {
    const former = known.get(minute) ?? { visitors: 0, pageviews: 0 };
    return visitors > former.visitors || pageviews > former.pageviews;
  });
}
