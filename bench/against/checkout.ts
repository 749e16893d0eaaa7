import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { commitOf } from "../machine/describe-machine.ts";

/** Another checkout of this project, whose engine is compared with this one's. */
export interface Checkout {
  /** The entry of its engine. */
  readonly main: string;
  readonly commit: string;
}

/**
 * Returns the checkout in this folder.
 *
 * @throws Error that states what is missing.
 */
export function openCheckout(path: string): Checkout {
  const dir = resolve(path);
  const main = join(dir, "src/main.ts");
  if (packageName(dir) !== packageJson.name || !existsSync(main)) {
    throw new Error(`Expected --against to be a checkout of this project, got ${dir}`);
  }
  if (!existsSync(join(dir, "node_modules"))) {
    throw new Error(
      `Expected ${dir} to have its dependencies installed: run bun install --frozen-lockfile in it`,
    );
  }
  return { main, commit: commitOf(dir) };
}

/** Returns undefined when there is no readable `package.json`. */
function packageName(dir: string): unknown {
  try {
    return JSON.parse(readFileSync(join(dir, "package.json"), "utf8")).name;
  } catch {
    return undefined;
  }
}
