import type { MissingServers } from "../thread-report.ts";

export interface StartReport {
  readonly servers: (missing: MissingServers) => void;
  /** Whether Redis has the sites and keys, which ingest threads need to accept anything. */
  readonly access: (isKnown: boolean) => void;
}

/** Calls `announce` once servers and access are known, and after each change of either. */
export function startReport(
  announce: ((missing: MissingServers) => void) | undefined,
): StartReport {
  let missing: MissingServers | undefined;
  let isKnown: boolean | undefined;
  const report = (): void => {
    if (missing === undefined || isKnown === undefined) return;
    announce?.(isKnown ? missing : { ...missing, access: "no keys could be read yet" });
  };
  return {
    servers(now) {
      missing = now;
      report();
    },
    access(now) {
      if (now === isKnown) return;
      isKnown = now;
      report();
    },
  };
}
