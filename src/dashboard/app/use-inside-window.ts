import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** In pixels, between a panel and the window's edge. */
const GAP = 4;

/** Returns a reference for a panel, which moves sideways while it is open so that it lies within the window. */
export function useInsideWindow(isOpen: boolean): RefObject<HTMLDivElement | null> {
  const panel = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { current } = panel;
    if (!isOpen || current === null) return undefined;
    const root = document.documentElement;
    const place = () => {
      current.style.translate = "none";
      const { left, right } = current.getBoundingClientRect();
      const inward = Math.min(root.clientWidth - GAP - right, 0);
      current.style.translate = `${Math.max(inward, GAP - left)}px`;
    };
    place();
    // Its content may change while it is open, and a phone may be turned.
    const resized = new ResizeObserver(place);
    resized.observe(current);
    resized.observe(root);
    return () => resized.disconnect();
  }, [isOpen]);
  return panel;
}
