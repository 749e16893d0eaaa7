import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** Returns a reference for an element, and whether it has been on the screen. */
export function useOnScreen<Shown extends Element>(): [RefObject<Shown | null>, boolean] {
  const element = useRef<Shown>(null);
  const [wasSeen, setWasSeen] = useState(false);
  useEffect(() => {
    if (element.current === null) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      setWasSeen(true);
      observer.disconnect();
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, wasSeen];
}
