import { InvalidFieldsError } from "../../../errors.ts";
import { textProblem } from "../../../event/text-field.ts";

/** @throws InvalidFieldsError unless `value` is a string of 1 to `bytesMax` bytes. */
export function requiredText(name: string, value: unknown, bytesMax: number): string {
  const problem = textProblem(name, value, bytesMax);
  if (problem !== undefined) throw new InvalidFieldsError({ [name]: problem });
  return String(value);
}
