import { describeValue } from "../../event/describe-value.ts";
import { isObject } from "../../event/is-object.ts";
import type { Problems } from "./problems.ts";

/** Returns an object that has no other keys than these; otherwise undefined, with a problem for each. */
export function withKnownKeys(
  value: unknown,
  keys: readonly string[],
  { path, problems }: { readonly path: string; readonly problems: Problems },
): Readonly<Record<string, unknown>> | undefined {
  const subject = path === "" ? "the query" : path;
  if (!isObject(value)) {
    problems.expect(subject, `an object with ${keys.join(", ")}`, value);
    return undefined;
  }
  const unknown = Object.keys(value).filter((key) => !keys.includes(key));
  for (const key of unknown) {
    const problem = `Expected ${subject} to have only ${keys.join(", ")}, got ${describeValue(key)}`;
    problems.add(path === "" ? key : `${path}.${key}`, problem);
  }
  return unknown.length === 0 ? value : undefined;
}
