import { useEffect, useState } from "preact/hooks";

/** Before that, a word about waiting would only flicker. */
const SLOW_MS = 1_000;

/** Whether something is awaited for longer than a moment. */
export function useIsSlow(isAwaited: boolean): boolean {
  const [isSlow, setIsSlow] = useState(false);
  useEffect(() => {
    if (!isAwaited) return undefined;
    const timer = setTimeout(() => setIsSlow(true), SLOW_MS);
    return () => {
      clearTimeout(timer);
      setIsSlow(false);
    };
  }, [isAwaited]);
  return isSlow;
}
