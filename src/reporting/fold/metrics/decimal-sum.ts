/** As an amount may be written. PostgreSQL prints numbers of jsonb in this form. */
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** A sum of `units / 10 ** scale`. */
export interface DecimalSum {
  readonly units: bigint;
  readonly scale: number;
}

export const ZERO: DecimalSum = { units: 0n, scale: 0 };

/** Returns undefined for a text that is not a decimal number. */
export function parseDecimal(text: string): DecimalSum | undefined {
  const [, sign, whole = "", fraction = ""] = DECIMAL.exec(text) ?? [];
  if (sign === undefined) return undefined;
  return { units: BigInt(`${sign}${whole}${fraction}`), scale: fraction.length };
}

/** Keeps as many decimals as the more precise of the two, as PostgreSQL does. */
export function addDecimals(left: DecimalSum, right: DecimalSum): DecimalSum {
  const scale = Math.max(left.scale, right.scale);
  return { units: rescaled(left, scale) + rescaled(right, scale), scale };
}

export function printDecimal({ units, scale }: DecimalSum): string {
  const sign = units < 0n ? "-" : "";
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, "0");
  if (scale === 0) return sign + digits;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function rescaled({ units, scale }: DecimalSum, to: number): bigint {
  return scale === to ? units : units * 10n ** BigInt(to - scale);
}
