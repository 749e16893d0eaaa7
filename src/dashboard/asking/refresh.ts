import { createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";

const REFRESH_MS = 30_000;
/** Each costs a question a card, so that a busy site is not asked at every event. */
const ARRIVALS_MS = 10_000;

/** A number that grows whenever what is shown should be asked for again. */
export const Ticks = createContext(0);

export function useTick(): number {
  return useContext(Ticks);
}

/** Counts while something is running and the page is seen. */
export function useRefresh(isRunning: boolean, everyMs: number = REFRESH_MS): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") setTick((n) => n + 1);
    }, everyMs);
    return () => clearInterval(timer);
  }, [isRunning, everyMs]);
  return tick;
}

/** A number that grows soon after the function was called, and seldom while it is called again and again. */
export function useArrivals(): readonly [arrivals: number, onArrival: () => void] {
  const [arrivals, setArrivals] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const countedAtMs = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onArrival = () => {
    timer.current ??= setTimeout(
      () => {
        timer.current = undefined;
        countedAtMs.current = performance.now();
        setArrivals((n) => n + 1);
      },
      Math.max(countedAtMs.current + ARRIVALS_MS - performance.now(), 0),
    );
  };
  return [arrivals, onArrival];
}
