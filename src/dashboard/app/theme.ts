import { useEffect, useState } from "preact/hooks";
import { THEMES, type Theme } from "./themes.ts";
import { useKept } from "./use-kept.ts";

const CHANGED = "queueflow-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

/** Returns a text that changes with the colours of the page. */
export function useTheme(): string {
  const [colors, setColors] = useState(currentColors);
  useEffect(() => {
    const onChange = () => setColors(currentColors());
    dark.addEventListener("change", onChange);
    addEventListener(CHANGED, onChange);
    return () => {
      dark.removeEventListener("change", onChange);
      removeEventListener(CHANGED, onChange);
    };
  }, []);
  return colors;
}

/** What the viewer chose, and a function to choose. */
export function useThemeChoice(): [Theme, (theme: Theme) => void] {
  const [kept, keep] = useKept("theme", "system");
  const theme = THEMES.find((each) => each === kept) ?? "system";
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
    dispatchEvent(new Event(CHANGED));
  }, [theme]);
  return [theme, keep];
}

function currentColors(): string {
  return `${document.documentElement.dataset["theme"] ?? ""} ${dark.matches}`;
}
