import type { OldEvents, Stretch } from "./old-events.ts";

/** What has been gone through so far. */
export interface OldEventsSoFar {
  readonly old: number;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** How to go through the old events. */
export interface EachStretchOptions {
  readonly before: string;
  readonly rowsMax: number;
  readonly signal: AbortSignal;
  /** Does the work of one stretch; `busy` ends it. */
  readonly work: (stretch: Stretch) => Promise<OldEvents | "busy">;
  /** Called, and waited for, after each stretch. */
  readonly onStretch: (soFar: OldEventsSoFar) => Promise<void> | void;
}

/**
 * Goes through the old events, a stretch at a time, until the first stretch that has none, the abort, or `busy`. Events
 * that were stored long after they were received stand among later ones, and have their turn with those.
 */
export async function eachStretch(
  options: EachStretchOptions,
): Promise<OldEventsSoFar & { readonly end: "done" | "aborted" | "busy" }> {
  const { before, rowsMax, signal, work, onStretch } = options;
  let soFar: OldEventsSoFar = { old: 0, from: undefined, to: undefined };
  let afterId = 0n;
  while (!signal.aborted) {
    const found = await work({ before, afterId, rowsMax });
    if (found === "busy") return { ...soFar, end: "busy" };
    soFar = {
      old: soFar.old + found.old,
      from: earlier(soFar.from, found.from),
      to: later(soFar.to, found.to),
    };
    await onStretch(soFar);
    if (found.isLast) return { ...soFar, end: "done" };
    afterId = found.lastId;
  }
  return { ...soFar, end: "aborted" };
}

function earlier(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}
