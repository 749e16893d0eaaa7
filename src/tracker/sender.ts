/** The engine refuses longer ones. */
const BODY_BYTES_MAX = 65_536;
const RETRY_MS = 5_000;

export type Fields = Readonly<Record<string, unknown>>;

type Send = (event: Fields) => Promise<void>;

/** Returns a function that sends an event without a preflight, and one that sends once more what failed. */
export function createSender(endpoint: string): [Send, () => void] {
  const failed: [event: Fields, sentAtMs: number][] = [];
  addEventListener("online", retry);
  return [send, retry];

  async function send(event: Fields, isRetry?: boolean): Promise<void> {
    let body = JSON.stringify(event);
    if (new Blob([body]).size > BODY_BYTES_MAX) {
      body = JSON.stringify({ ...event, properties: undefined });
    }
    // A hidden page may be gone before the response. Nobody learns whether a beacon arrives. While offline, it would be lost.
    if ((isRetry || document.hidden) && navigator.onLine && navigator.sendBeacon(endpoint, body))
      return;
    const sentAtMs = Date.now();
    try {
      // Outlives the page, within 64 KiB for all such bodies together; a body beyond them fails at first.
      if ((await fetch(endpoint, { method: "POST", body, keepalive: !isRetry })).status < 500)
        return;
    } catch {}
    if (!isRetry) {
      failed.push([event, sentAtMs]);
      setTimeout(retry, RETRY_MS);
    }
  }

  function retry(): void {
    if (!navigator.onLine) return;
    for (const [event, sentAtMs] of failed.splice(0)) {
      // The clock may have been set back.
      void send({ ...event, at_ms_ago: Math.abs(Date.now() - sentAtMs) }, true);
    }
  }
}
