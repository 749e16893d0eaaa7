import { describeValue } from "../../event/describe-value.ts";

/** Of one query. Bounds the answer to a body of many mistakes. */
const PROBLEMS_MAX = 20;
const PATH_CHARACTERS_MAX = 100;

/** What is wrong with a query, by the path of the value. */
export class Problems {
  /** A name such as `__proto__` would be lost in an object. */
  readonly #byPath = new Map<string, string>();

  /** Says what was expected at a path, and what came. */
  expect(path: string, expected: string, value: unknown): void {
    this.add(path, `Expected ${shorten(path)} to be ${expected}, got ${describeValue(value)}`);
  }

  /** Keeps the first problem of a path. */
  add(path: string, problem: string): void {
    const name = shorten(path);
    if (this.#byPath.size < PROBLEMS_MAX && !this.#byPath.has(name))
      this.#byPath.set(name, problem);
  }

  get count(): number {
    return this.#byPath.size;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  get fields(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#byPath);
  }
}

function shorten(path: string): string {
  return path.length <= PATH_CHARACTERS_MAX
    ? path
    : `${path.slice(0, PATH_CHARACTERS_MAX).toWellFormed()}…`;
}
