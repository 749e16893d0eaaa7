import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";

const REFRESH_MS = 30_000;

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
