import type { KeylessAccess } from "../access/keyless-access.ts";
import type { MissingServers, StartState } from "../thread-report.ts";

export interface StartAccess {
  /** Whether Redis has the sites and keys, which ingest threads need to accept anything. */
  readonly isKnown: boolean;
  readonly keyless: KeylessAccess | undefined;
}

export interface StartReport {
  readonly servers: (missing: MissingServers) => void;
  readonly access: (now: StartAccess) => void;
}

/** Calls `announce` once servers and access are known, and after each change of either. */
export function startReport(announce: ((state: StartState) => void) | undefined): StartReport {
  let missing: MissingServers | undefined;
  let access: StartAccess | undefined;
  const report = (): void => {
    if (missing === undefined || access === undefined) return;
    const { isKnown, keyless } = access;
    announce?.({
      missing: isKnown ? missing : { ...missing, access: "no keys could be read yet" },
      keyless,
    });
  };
  return {
    servers(now) {
      missing = now;
      report();
    },
    access(now) {
      const isNews = now.isKnown !== access?.isKnown;
      access = now;
      if (isNews) report();
    },
  };
}
