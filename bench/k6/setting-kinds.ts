/** The variables that the scripts read. */
export const SETTINGS = [
  "DAYS",
  "DURATION",
  "FAILURES_MAX",
  "GROWTH_MAX",
  "LAG_MS",
  "P50_MS",
  "P95_MS",
  "P99_MS",
  "RATE",
  "RATE_MAX",
  "RATE_STEP",
  "READ_RATE",
  "RESULT_FILE",
  "SPIKE_DURATION",
  "SPIKE_P99_MS",
  "SPIKE_RATE",
  "SPIKE_VUS_MAX",
  "STEP_DURATION",
  "STORED_WITHIN",
  "TARGET",
  "VUS_MAX",
] as const;

export type SettingName = (typeof SETTINGS)[number];

/** How a variable is written. */
export interface Kind<Value> {
  /** Completes "Expected RATE to be …". */
  readonly expected: string;
  /** Returns undefined for a text that does not follow the format. */
  readonly read: (text: string) => Value | undefined;
}

export const COUNT = countUpTo(Number.MAX_SAFE_INTEGER);

export const MILLISECONDS: Kind<number> = {
  expected: "a number of milliseconds above 0, such as 50",
  read: (text) => numberIf(text, (value) => value > 0),
};

export const SHARE: Kind<number> = {
  expected: "a share from 0 to below 1, such as 0.001",
  read: (text) => numberIf(text, (value) => value < 1),
};

export const FACTOR: Kind<number> = {
  expected: "a factor above 1, such as 2",
  read: (text) => numberIf(text, (value) => value > 1),
};

/** Whole seconds; k6 itself also accepts fractions, and takes a number without a unit for milliseconds. */
export const DURATION: Kind<number> = {
  expected: "a duration such as 45s, 1m30s or 1h",
  read(text) {
    const [, hours, minutes, seconds] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
    const total = 3_600 * Number(hours ?? 0) + 60 * Number(minutes ?? 0) + Number(seconds ?? 0);
    return total > 0 ? total : undefined;
  },
};

/** The address of an engine, without the slash at its end. */
export const ADDRESS: Kind<string> = {
  expected: "an address such as http://localhost:3000",
  read: (text) =>
    /^https?:\/\/[^/?#\s]+(\/[^?#\s]*)?$/i.test(text) ? text.replace(/\/+$/, "") : undefined,
};

export const TEXT: Kind<string> = { expected: "a text", read: (text) => text };

export function countUpTo(max: number): Kind<number> {
  return {
    expected: `a whole number from 1${max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`}`,
    read: (text) =>
      numberIf(text, (value) => Number.isInteger(value) && value >= 1 && value <= max),
  };
}

function numberIf(text: string, isValid: (value: number) => boolean): number | undefined {
  if (!/^\d+(\.\d+)?$/.test(text)) return undefined;
  return isValid(Number(text)) ? Number(text) : undefined;
}
