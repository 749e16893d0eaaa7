import { InvalidFieldsError } from "../errors.ts";
import { describeValue } from "../event/describe-value.ts";
import { SITE_ID_BYTES_MAX } from "../event/limits.ts";
import { textProblem } from "../event/text-field.ts";
import {
  OWN_LABEL_BYTES_MAX,
  PASSWORD_BYTES_MAX,
  PASSWORD_CHARACTERS_MIN,
} from "../text-limits.ts";

const FIELDS = ["site_id", "label", "password"];

export interface NewShareFields {
  readonly siteId: string;
  readonly label: string;
  readonly password: string | undefined;
}

/** Reads the fields of a new link, in snake case. @throws InvalidFieldsError with every problem. */
export function parseNewShare(fields: Readonly<Record<string, unknown>>): NewShareFields {
  const problems: Record<string, string> = Object.create(null);
  for (const name of Object.keys(fields)) {
    if (FIELDS.includes(name)) continue;
    problems[name] = `Expected one of the fields ${FIELDS.join(", ")}, got ${describeValue(name)}`;
  }
  const { site_id: siteId, label = "", password } = fields;
  const note = (name: string, problem: string | undefined) => {
    if (problem !== undefined) problems[name] = problem;
  };
  note("site_id", textProblem("site_id", siteId, SITE_ID_BYTES_MAX));
  if (label !== "") note("label", textProblem("label", label, OWN_LABEL_BYTES_MAX));
  if (password !== undefined) note("password", passwordProblem(password));
  if (Object.keys(problems).length > 0) throw new InvalidFieldsError(problems);
  return {
    siteId: String(siteId),
    label: String(label),
    password: typeof password === "string" ? password : undefined,
  };
}

/** Never shows the password. */
function passwordProblem(password: unknown): string | undefined {
  if (typeof password !== "string") {
    return `Expected password to be a string, got ${typeof password}`;
  }
  const problem = textProblem("password", password, PASSWORD_BYTES_MAX);
  if (problem === undefined && password.length >= PASSWORD_CHARACTERS_MIN) return undefined;
  return `Expected password to have at least ${PASSWORD_CHARACTERS_MIN} characters and at most ${PASSWORD_BYTES_MAX} bytes, got ${password.length} characters`;
}
