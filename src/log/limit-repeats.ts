import type { Log, LogFields, LogLevel } from "./log.ts";

const WINDOW_MS = 10_000;
const WINDOW_MS_MAX = 300_000;
const PASSED_MAX = 3;
/** With more kinds, only level and message tell them apart. */
const KINDS_MAX = 100;
/** These differ although the failure is the same. */
const NUMBERS = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|\d+-\d+|[\da-f]{4,}/gi;

type Level = Exclude<LogLevel, "silent">;

interface Kind {
  readonly level: Level;
  readonly message: string;
  loggedAtMs: number;
  passed: number;
  repeated: number;
  fields: LogFields;
  entries: number;
}

/**
 * Passes the first three records of a kind and folds later ones into one, with `repeated` (their number) and the sum of `entries`.
 * A kind is the level, the message and the text fields without numbers. Info records are held only together with a failure.
 */
export function limitRepeats(log: Log): Log & { readonly flush: () => void } {
  /** In the order of last occurrence: the last line written tells the present state. */
  const kinds = new Map<string, Kind>();
  let windowMs = WINDOW_MS;
  let windowEndsAtMs = 0;
  let heldAtMs = 0;
  let timer: Timer | undefined;
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => write("info", fields, message),
    warn: (fields, message) => write("warn", fields, message),
    error: (fields, message) => write("error", fields, message),
    flush,
  };

  function write(level: Level, fields: LogFields, message: string): void {
    const nowMs = performance.now();
    const key = keyOf(level, fields, message);
    const kind = kinds.get(key);
    kinds.delete(key); // To be set again at the end of the order.
    const isNew = kind === undefined || isOver(kind, nowMs);
    if (isNew || mayPass(kind)) {
      const passed = isNew ? 1 : kind.passed + 1;
      const fresh = { loggedAtMs: nowMs, passed, repeated: 0, fields, entries: 0 };
      kinds.set(key, { level, message, ...fresh });
      log[level](fields, message);
      return;
    }
    kind.repeated += 1;
    kind.entries += typeof fields["entries"] === "number" ? fields["entries"] : 0;
    kind.fields = fields;
    kinds.set(key, kind);
    heldAtMs = nowMs;
    if (timer === undefined) windowEndsAtMs = kind.loggedAtMs + windowMs;
    clearTimeout(timer);
    timer = setTimeout(endWindow, Math.max(0, Math.min(WINDOW_MS, windowEndsAtMs - nowMs)));
    timer.unref();
  }

  function isOver({ repeated, loggedAtMs }: Kind, nowMs: number): boolean {
    return repeated === 0 && nowMs - loggedAtMs >= windowMs;
  }

  function mayPass({ level, passed, repeated }: Kind): boolean {
    if (repeated > 0) return false;
    return passed < PASSED_MAX || (level === "info" && !isFailureHeld());
  }

  function isFailureHeld(): boolean {
    return kinds.values().some(({ level, repeated }) => level !== "info" && repeated > 0);
  }

  function keyOf(level: Level, fields: LogFields, message: string): string {
    const texts = Object.entries(fields).filter(([, value]) => typeof value === "string");
    const key = JSON.stringify([level, message, ...texts.flat()]).replace(NUMBERS, "#");
    if (kinds.has(key)) return key;
    if (kinds.size >= KINDS_MAX) forgetOver();
    return kinds.size < KINDS_MAX ? key : JSON.stringify([level, message]);
  }

  function forgetOver(): void {
    const nowMs = performance.now();
    for (const [key, kind] of kinds) if (isOver(kind, nowMs)) kinds.delete(key);
  }

  function endWindow(): void {
    const continues = performance.now() - heldAtMs < WINDOW_MS / 2;
    flush();
    windowMs = continues ? Math.min(windowMs * 2, WINDOW_MS_MAX) : WINDOW_MS;
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const kind of kinds.values()) {
      if (kind.repeated === 0) continue;
      const { level, message, fields, repeated, entries } = kind;
      kind.repeated = 0;
      kind.entries = 0;
      kind.loggedAtMs = performance.now();
      log[level]({ ...fields, ...("entries" in fields ? { entries } : {}), repeated }, message);
    }
  }
}
