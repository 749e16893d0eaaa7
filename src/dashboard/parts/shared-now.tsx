import { useEffect, useState } from "preact/hooks";
import { askReport } from "../api/ask-report.ts";
import { useIsLost } from "../asking/use-connection.ts";
import { useIsSeen } from "../asking/use-is-seen.ts";
import { shortValue } from "../numbers/format.ts";
import { words } from "../words/words.ts";

const EVERY_MS = 10_000;
const WINDOW_MINUTES = 5;

/** Who had an event in the last few minutes, while the page is seen. A public link follows no stream. */
export function SharedNow({ site }: { site: string }) {
  const [visitors, setVisitors] = useState<number | undefined>();
  const isLost = useIsLost();
  const isSeen = useIsSeen();
  useEffect(() => {
    if (isLost || !isSeen) return undefined;
    const leaving = new AbortController();
    const read = async () => {
      const to = Date.now();
      const range = [to - WINDOW_MINUTES * 60_000, to].map((ms) => new Date(ms).toISOString());
      const [from = "", until = ""] = range;
      const question = {
        site_id: site,
        metrics: ["visitors"] as const,
        date_range: [from, until] as const,
      };
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
  }, [site, isLost, isSeen]);
  if (visitors === undefined) return null;
  return (
    <span class="now" title={words.nowMeaning(WINDOW_MINUTES)}>
      <span class={visitors > 0 ? "dot live" : "dot"} />
      {words.visitorsNow(shortValue("visitors", visitors), visitors)}
    </span>
  );
}
