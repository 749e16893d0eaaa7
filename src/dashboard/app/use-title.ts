import { useEffect } from "preact/hooks";

/** Names the page in tabs, bookmarks and the history. */
export function useTitle(...parts: readonly string[]): void {
  const title = [...parts, "QueueFlow"].join(" · ");
  useEffect(() => {
    document.title = title;
  }, [title]);
}
