import { useEffect } from "preact/hooks";

/** Parts of a page that may take the focus of an element in them. A menu closes when the focus leaves its panel. */
const PARTS = "ul, .floating, section, main";

/** When the focused element vanishes, moves the focus to the part of the page around it instead of the page's start. */
export function useKeptFocus(): void {
  useEffect(() => {
    let focused: Element | undefined;
    let parts: readonly Element[] = [];
    const keep = (element: EventTarget | null) => {
      if (!(element instanceof Element)) return;
      focused = element;
      parts = partsAround(element);
    };
    const onFocus = ({ target }: Event) => keep(target);
    const onPointer = () => {
      focused = undefined;
    };
    const watched = new MutationObserver(() => {
      if (focused === undefined || focused.isConnected) return;
      focused = undefined;
      if (document.activeElement !== document.body) return;
      const left = parts.find((part) => part.checkVisibility()) ?? document.querySelector("main");
      if (!(left instanceof HTMLElement)) return;
      left.tabIndex = -1;
      left.focus({ preventScroll: true });
    });
    // A dialog within the page may have taken the focus already.
    keep(document.activeElement);
    document.addEventListener("focusin", onFocus);
    document.addEventListener("pointerdown", onPointer);
    watched.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener("focusin", onFocus);
      document.removeEventListener("pointerdown", onPointer);
      watched.disconnect();
    };
  }, []);
}

/** Returns the innermost first. */
function partsAround(element: Element): readonly Element[] {
  const parts: Element[] = [];
  for (
    let part = element.parentElement?.closest(PARTS);
    part;
    part = part.parentElement?.closest(PARTS)
  ) {
    parts.push(part);
  }
  return parts;
}
