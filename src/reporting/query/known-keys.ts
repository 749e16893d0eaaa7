import { describeValue } from "../../event/describe-value.ts";
import { isObject } from "../../event/is-object.ts";
import type { Problems } from "./problems.ts";

interface ObjectPlace {
  /** Empty for a whole body. */
  readonly path: string;
  /** For errors; the path by default. */
  readonly name?: string;
  readonly problems: Problems;
}

/** Returns an object, with a problem for each key that is not one of these; undefined, with a problem, for anything else. */
export function withKnownKeys(
  value: unknown,
  keys: readonly string[],
  { path, name = path, problems }: ObjectPlace,
): Readonly<Record<string, unknown>> | undefined {
  if (!isObject(value)) {
    problems.expect(name, `an object with ${keys.join(", ")}`, value);
    return undefined;
  }
  for (const key of Object.keys(value).filter((each) => !keys.includes(each))) {
    const problem = `Expected ${name} to have only ${keys.join(", ")}, got ${describeValue(key)}`;
    problems.add(path === "" ? key : `${path}.${key}`, problem);
  }
  return value;
}
