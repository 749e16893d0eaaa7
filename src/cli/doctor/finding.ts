import type { QueueFlowError } from "../../errors.ts";

/** What one look has found. */
export interface Finding {
  /** What was looked at, in two or three words. */
  readonly about: string;
  readonly state: "ok" | "warning" | "problem";
  readonly found: string;
  /** What to do about it; absent when all is well. */
  readonly todo?: string;
}

/** All is well. */
export function ok(about: string, found: string): Finding {
  return { about, state: "ok", found };
}

/** Nothing is lost by it, or not known to be. */
export function warning(about: string, found: string, todo: string): Finding {
  return { about, state: "warning", found, todo };
}

/** The engine does not work, or does not keep what it promises. */
export function problem(about: string, found: string, todo: string): Finding {
  return { about, state: "problem", found, todo };
}

/** No server is configured and no engine runs here: `error` says so, and after a colon what to do. */
export function notFound(about: string, error: QueueFlowError): Finding {
  const [found = "", ...todo] = error.message.split(": ");
  return problem(about, found, sentence(todo.join(": ")));
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
