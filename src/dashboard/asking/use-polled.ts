import { useEffect, useState } from "preact/hooks";
import { RequestFailure } from "../api/request.ts";
import { connection } from "./connection.ts";
import { pause } from "./pause.ts";
import { useIsLost } from "./use-connection.ts";

export interface Polled<Answer> {
  readonly answer?: Answer;
  readonly failure?: RequestFailure;
}

/**
 * Asks again and again while the page is seen, each time after the answer before. Goes on when the engine is back. Pass a function that
 * stays the same.
 */
export function usePolled<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  everyMs: number,
): Polled<Answer> {
  const [state, setState] = useState<Polled<Answer>>({});
  const isLost = useIsLost();
  useEffect(() => {
    if (isLost) return undefined;
    const leaving = new AbortController();
    const { signal } = leaving;
    const poll = async () => {
      while (!signal.aborted) {
        await untilSeen(signal);
        try {
          const answer = await ask(signal);
          setState({ answer });
        } catch (error) {
          if (signal.aborted) return;
          const failure =
            error instanceof RequestFailure ? error : new RequestFailure("refused", String(error));
          if (failure.kind === "lost") return connection.lost();
          setState((before) => (failure.kind === "busy" ? before : { failure }));
        }
        await pause(everyMs, signal);
      }
    };
    void poll();
    return () => leaving.abort();
  }, [isLost, ask, everyMs]);
  return state;
}

async function untilSeen(signal: AbortSignal): Promise<void> {
  while (document.visibilityState !== "visible" && !signal.aborted) {
    await new Promise<void>((resolve) => {
      document.addEventListener("visibilitychange", () => resolve(), { once: true, signal });
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}
