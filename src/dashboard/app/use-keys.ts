import { useEffect, useRef } from "preact/hooks";

const TYPED_IN = "input:not([type=radio]), select, textarea, dialog, [contenteditable]";
/** The menu of dates stays out: it shows which keys choose them. */
const OPEN_BEFORE_PAGE = "dialog[open], .floating:not([hidden], :has(kbd))";

/** Calls back for a key that is pressed alone, while nothing is typed in and no dialog or menu is open. */
export function useKeys(onKey: (key: string) => void): void {
  const current = useRef(onKey);
  current.current = onKey;
  useEffect(() => {
    const onDown = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
      if (event.target instanceof Element && event.target.closest(TYPED_IN)) return;
      // A tab's arrow keys choose its neighbours.
      if (event.target instanceof HTMLInputElement && event.key.startsWith("Arrow")) return;
      if (document.querySelector(OPEN_BEFORE_PAGE) !== null) return;
      current.current(event.key);
    };
    document.addEventListener("keydown", onDown);
    return () => document.removeEventListener("keydown", onDown);
  }, []);
}
