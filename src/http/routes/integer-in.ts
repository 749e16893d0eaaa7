import { InvalidFieldsError } from "../../errors.ts";
import { describeValue } from "../../event/describe-value.ts";

/** Returns a parameter's value, or its default. @throws InvalidFieldsError unless it is an integer of the range. */
export function integerIn(
  name: string,
  value: string | undefined,
  { min, max, absent }: { readonly min: number; readonly max: number; readonly absent: number },
): number {
  if (value === undefined) return absent;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  const message = `Expected ${name} to be an integer from ${min} to ${max}, got ${describeValue(value)}`;
  throw new InvalidFieldsError({ [name]: message });
}
