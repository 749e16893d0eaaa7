import { InvalidArgumentError } from "commander";
import { CORRECTABLE_FIELDS, type Corrections } from "../../administer/dead-letters/corrections.ts";

/** Parses one `--set field=value` and adds it to the previous ones. */
export function collectCorrection(value: string, before: Corrections = {}): Corrections {
  const at = value.indexOf("=");
  const field = value.slice(0, at);
  if (at === -1 || !CORRECTABLE_FIELDS.includes(field)) {
    const names = CORRECTABLE_FIELDS.join(", ");
    throw new InvalidArgumentError(`Expected field=value with one of ${names}.`);
  }
  return { ...before, [field]: value.slice(at + 1) };
}
