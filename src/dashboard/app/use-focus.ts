import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Returns a reference for a field that is focused when it appears: `autofocus` does nothing once a page has a focus. */
export function useFocus(): RefObject<HTMLInputElement | null> {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return field;
}
