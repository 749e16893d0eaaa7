import { join } from "node:path";

/** A file of `test/fixtures/`, wherever the tests are run from. */
export function fixturePath(name: string): string {
  return join(import.meta.dir, "..", "fixtures", name);
}
