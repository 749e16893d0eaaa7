import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../../src/config/config.ts";

/** The root of the project, where what is tested here lies. */
export const ROOT = join(import.meta.dir, "../..");

/** The text of a file of the project. */
export function projectFile(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The names of all variables that `readConfig` reads, found by letting it read an environment without any. */
export function configNames(): readonly string[] {
  const names = new Set<string>();
  readConfig(
    new Proxy<Record<string, string | undefined>>(
      {},
      {
        get: (_, name) => {
          names.add(String(name));
          return undefined;
        },
      },
    ),
  );
  return [...names].toSorted();
}

/** What an environment configures, without the process's name, which is another each time. */
export function configured(env: Readonly<Record<string, string>>) {
  const { processName: _, ...config } = readConfig(env);
  return config;
}
