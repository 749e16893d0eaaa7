import type { Log, LogFields, LogLevel } from "./log.ts";

/** What is said again and again, each time this soon after the last, is held back and counted, in milliseconds. */
const WINDOW_MS = 10_000;
/** So many times it is written first: two outages in ten seconds are worth a line each, twenty are not. */
const SAID_AT_ONCE = 3;
/** For as long as it goes on, each window is twice as long as the one before, up to this. */
const WINDOW_MS_MAX = 300_000;
/** Sentences with this many different variables in a window are told apart; beyond, the sentence alone counts. */
const KINDS_MAX = 100;
/** Numbers of any kind in a text, which differ although the failure is the same: ids of entries and events, ports. */
const NUMBERS = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|\d+-\d+|[\da-f]{4,}/gi;

type Level = Exclude<LogLevel, "silent">;

interface Kind {
  readonly level: Level;
  readonly sentence: string;
  saidAtMs: number;
  /** How often it was written as it came. */
  said: number;
  /** How many records are held. */
  repeated: number;
  /** Those of the last record that is held. */
  fields: LogFields;
  /** The sum of what the held ones say of `entries`. */
  entries: number;
}

/**
 * A log that says what is repeated a few times, and then how often. The first three records of a kind are written as
 * they come; what comes again within the window is held, and written as one record when the window ends or nothing was
 * repeated for `WINDOW_MS`: the last one's variables, `repeated`, the number of records it stands for, and in `entries`
 * their sum. What is held is written in the order in which each was last said, so that of two sentences that take turns,
 * an outage and its end, the last line tells how it is now. A kind is level, sentence and texts, whatever numbers are in
 * those. Info records are held only while a failure is; debug records pass as they are.
 */
export function limitRepeats(log: Log): Log & { readonly flush: () => void } {
  /** By the order in which they were last said. */
  const kinds = new Map<string, Kind>();
  let windowMs = WINDOW_MS;
  let windowEndsAtMs = 0;
  let heldAtMs = 0;
  let timer: Timer | undefined;
  return {
    debug: (fields, sentence) => log.debug(fields, sentence),
    info: (fields, sentence) => say("info", fields, sentence),
    warn: (fields, sentence) => say("warn", fields, sentence),
    error: (fields, sentence) => say("error", fields, sentence),
    flush,
  };

  function say(level: Level, fields: LogFields, sentence: string): void {
    const nowMs = performance.now();
    const key = keyOf(level, fields, sentence);
    const kind = kinds.get(key);
    const isOver = kind === undefined || (kind.repeated === 0 && nowMs - kind.saidAtMs >= windowMs);
    const said = isOver ? 0 : kind.said;
    // Last in the order of what was said.
    kinds.delete(key);
    if (isOver || mayPass(kind)) {
      const fresh = { saidAtMs: nowMs, said: said + 1, repeated: 0, fields, entries: 0 };
      kinds.set(key, { level, sentence, ...fresh });
      log[level](fields, sentence);
      return;
    }
    kind.repeated += 1;
    kind.entries += typeof fields["entries"] === "number" ? fields["entries"] : 0;
    kind.fields = fields;
    kinds.set(key, kind);
    heldAtMs = nowMs;
    if (timer === undefined) windowEndsAtMs = kind.saidAtMs + windowMs;
    clearTimeout(timer);
    timer = setTimeout(endWindow, Math.max(0, Math.min(WINDOW_MS, windowEndsAtMs - nowMs)));
    timer.unref();
  }

  function mayPass({ level, said, repeated }: Kind): boolean {
    if (repeated > 0) return false;
    return said < SAID_AT_ONCE || (level === "info" && !isFailureHeld());
  }

  function isFailureHeld(): boolean {
    return kinds.values().some(({ level, repeated }) => level !== "info" && repeated > 0);
  }

  function keyOf(level: Level, fields: LogFields, sentence: string): string {
    const texts = Object.entries(fields).filter(([, value]) => typeof value === "string");
    const key = JSON.stringify([level, sentence, ...texts.flat()]).replace(NUMBERS, "#");
    if (kinds.has(key)) return key;
    if (kinds.size >= KINDS_MAX) forgetOld();
    return kinds.size < KINDS_MAX ? key : JSON.stringify([level, sentence]);
  }

  function forgetOld(): void {
    const nowMs = performance.now();
    for (const [key, { repeated, saidAtMs }] of kinds) {
      if (repeated === 0 && nowMs - saidAtMs >= windowMs) kinds.delete(key);
    }
  }

  function endWindow(): void {
    const goesOn = performance.now() - heldAtMs < WINDOW_MS / 2;
    flush();
    windowMs = goesOn ? Math.min(windowMs * 2, WINDOW_MS_MAX) : WINDOW_MS;
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const kind of kinds.values()) {
      if (kind.repeated === 0) continue;
      const { level, sentence, fields, repeated, entries } = kind;
      kind.repeated = 0;
      kind.entries = 0;
      kind.saidAtMs = performance.now();
      log[level]({ ...fields, ...("entries" in fields ? { entries } : {}), repeated }, sentence);
    }
  }
}
