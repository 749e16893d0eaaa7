import { useEffect, useState } from "preact/hooks";

/** Whether the page is not in a tab behind another. */
export function useIsSeen(): boolean {
  const [isSeen, setIsSeen] = useState(isVisible);
  useEffect(() => {
    const onChange = () => setIsSeen(isVisible());
    document.addEventListener("visibilitychange", onChange);
    return () => document.removeEventListener("visibilitychange", onChange);
  }, []);
  return isSeen;
}

function isVisible(): boolean {
  return document.visibilityState === "visible";
}
