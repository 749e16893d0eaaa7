import { useEffect, useRef, useState } from "preact/hooks";
import { type Live, openLive } from "../api/live.ts";
import { connection } from "./connection.ts";
import { useIsLost } from "./use-connection.ts";
import { useIsSeen } from "./use-is-seen.ts";

/** After a refusal, which ends an `EventSource`. */
const RETRY_MS = 10_000;
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
  let source: EventSource;
  let retrying: ReturnType<typeof setTimeout> | undefined;
  let staling: ReturnType<typeof setTimeout> | undefined;
  const becomeStale = () => {
    staling ??= setTimeout(() => onLive(undefined), STALE_MS);
  };
  const open = () => {
    source = openLive(site);
    source.addEventListener("live", ({ data }) => {
      clearTimeout(staling);
      staling = undefined;
      onLive(JSON.parse(data) as Live);
    });
    source.addEventListener("unavailable", becomeStale);
    source.addEventListener("error", () => {
      becomeStale();
      void connection.check();
      if (source.readyState === EventSource.CLOSED) retrying = setTimeout(open, RETRY_MS);
    });
  };
  open();
  return () => {
    clearTimeout(staling);
    clearTimeout(retrying);
    source.close();
  };
}

/** Minutes leave at one end whether anything arrives or not. */
function hasMore(before: Live, now: Live): boolean {
  const known = new Map(before.minutes.map((each) => [each.minute, each]));
  return now.minutes.some(({ minute, visitors, pageviews }) => {
    const former = known.get(minute) ?? { visitors: 0, pageviews: 0 };
    return visitors > former.visitors || pageviews > former.pageviews;
  });
}
