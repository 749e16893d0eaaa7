import { useEffect, useState } from "preact/hooks";
import { askReport } from "../api/ask-report.ts";
import { nowQuestion } from "../app/questions.ts";
import { useIsLost } from "../app/use-connection.ts";
import { shortValue } from "../numbers/format.ts";
import { words } from "../words/words.ts";

const EVERY_MS = 10_000;
const WINDOW_MINUTES = 5;

/** Who had an event in the last few minutes, while the page is seen. */
export function VisitorsNow({ site }: { site: string }) {
  const [visitors, setVisitors] = useState<number | undefined>();
  const isLost = useIsLost();
  useEffect(() => {
    if (isLost) return undefined;
    const leaving = new AbortController();
    const read = async () => {
      if (document.visibilityState !== "visible") return;
      const question = nowQuestion(site, Date.now(), WINDOW_MINUTES);
      const report = await askReport(question, leaving.signal).catch(() => undefined);
      const value = report?.results[0]?.metrics[0];
      if (typeof value === "number") setVisitors(value);
    };
    void read();
    const timer = setInterval(() => void read(), EVERY_MS);
    return () => {
      leaving.abort();
      clearInterval(timer);
    };
  }, [site, isLost]);
  return (
    <span
      class={visitors === undefined ? "now unknown" : "now"}
      title={words.nowMeaning(WINDOW_MINUTES)}
    >
      <span class={visitors ? "dot live" : "dot"} />
      {words.visitorsNow(shortValue("visitors", visitors ?? 0), visitors ?? 0)}
    </span>
  );
}
