export interface Finding {
  /** What was checked, in two or three words. */
  readonly about: string;
  readonly state: "ok" | "warning" | "problem";
  readonly found: string;
  /** What to do about it; absent when the state is ok. */
  readonly todo?: string;
}

export function ok(about: string, found: string): Finding {
  return { about, state: "ok", found };
}

/** Something is unusual, but as far as known nothing is lost. */
export function warning(about: string, found: string, todo: string): Finding {
  return { about, state: "warning", found, todo };
}

/** The engine does not work, or breaks a promise. */
export function problem(about: string, found: string, todo: string): Finding {
  return { about, state: "problem", found, todo };
}
