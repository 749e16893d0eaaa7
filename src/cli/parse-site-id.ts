import { InvalidArgumentError } from "commander";
import { SITE_ID_BYTES_MAX } from "../event/limits.ts";
import { textProblem } from "../event/text-field.ts";

/** Reads a `--site`. */
export function parseSiteId(value: string): string {
  const problem = textProblem("the site", value, SITE_ID_BYTES_MAX);
  if (problem !== undefined) throw new InvalidArgumentError(problem);
  return value;
}
