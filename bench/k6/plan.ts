/** A script's name and its scenarios, from which the options of k6, the limits and the report follow. */
export interface Plan {
  readonly script: string;
  readonly parts: readonly Part[];
  /** Limits beyond those of the parts and of storing. */
  readonly limits?: Limits;
  readonly setupSecondsMax?: number;
}

/** A scenario that sends at a constant rate, however slow responses are. */
export interface Part {
  readonly scenario: string;
  readonly sends: "events" | "reads";
  /** Per second. */
  readonly rate: number;
  readonly seconds: number;
  readonly startSeconds?: number;
  /** The exported function, by default the script's default. */
  readonly exec?: string;
  /** Requests in flight, by default `VUS_MAX`. */
  readonly vus?: number;
  /** Thresholds of the latency in milliseconds, by default the SLA. */
  readonly latency?: readonly string[];
  /** Whether the backlog is limited, too. */
  readonly limitsLag?: boolean;
  /** Seconds after its start at which the run ends if a limit was exceeded. */
  readonly abortAtSeconds?: number;
}

/** The counters of what a part sends. */
export const COUNTERS = {
  events: { succeeded: "events_accepted", failed: "events_failed" },
  reads: { succeeded: "reads_answered", failed: "reads_failed" },
} as const;

/** Thresholds by metric. */
export type Limits = Readonly<Record<string, readonly Threshold[]>>;

export type Threshold = string | AbortingThreshold;

export interface AbortingThreshold {
  readonly threshold: string;
  readonly abortOnFail: boolean;
  readonly delayAbortEval: string;
}

/** Returns how many requests or events a part sends. */
export function plannedOf({ rate, seconds }: Part): number {
  return rate * seconds;
}

/** Returns the name of a metric with the samples of one scenario, further limited by tags such as `status:503`. */
export function ofScenario(metric: string, scenario: string, tags = ""): string {
  return `${metric}{scenario:${scenario}${tags === "" ? "" : `,${tags}`}}`;
}
