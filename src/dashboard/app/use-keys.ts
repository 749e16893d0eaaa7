import { useEffect, useRef } from "preact/hooks";

const TYPED_IN = "input, select, textarea, dialog, [contenteditable]";

/** Calls back for a key that is pressed alone, while nothing is typed in and no dialog is open. */
export function useKeys(onKey: (key: string) => void): void {
  const current = useRef(onKey);
  current.current = onKey;
  useEffect(() => {
    const onDown = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
      if (event.target instanceof Element && event.target.closest(TYPED_IN)) return;
      if (document.querySelector("dialog[open]") !== null) return;
      current.current(event.key);
    };
    document.addEventListener("keydown", onDown);
    return () => document.removeEventListener("keydown", onDown);
  }, []);
}
