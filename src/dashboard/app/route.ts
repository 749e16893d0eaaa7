import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { SHARED } from "../api/shared.ts";
import { parseView, type View, viewSearch } from "./view.ts";

export interface Route {
  readonly view: View;
  /** Shows another view, which the back button leaves again. */
  readonly go: (changes: Partial<View>) => void;
  /** For links. */
  readonly hrefOf: (changes: Partial<View>) => string;
}

export const Routes = createContext<Route | undefined>(undefined);

export function useRoute(): Route {
  const route = useContext(Routes);
  if (route === undefined) throw new Error("There is no route around");
  return route;
}

/** Of the page's own URL. */
export function useOwnRoute(): Route {
  const [view, setView] = useState(() => parseView(location.search));
  useEffect(() => {
    const onPop = () => setView(parseView(location.search));
    addEventListener("popstate", onPop);
    return () => removeEventListener("popstate", onPop);
  }, []);
  const hrefOf = (changes: Partial<View>) => {
    const search = viewSearch({ ...view, ...changes });
    if (SHARED === undefined) return search;
    return `${search}${search === "?" ? "" : "&"}link=${encodeURIComponent(SHARED.link)}`;
  };
  return {
    view,
    hrefOf,
    go(changes) {
      const href = hrefOf(changes);
      history.pushState(null, "", href);
      setView(parseView(href));
    },
  };
}
