import { readdirSync } from "node:fs";
import { projectFile, ROOT } from "./project-files.ts";

/** The names of all variables that the scripts in bench/k6 read. */
export function settingNames(): readonly string[] {
  const scripts = readdirSync(`${ROOT}/bench/k6`).filter((name) => name.endsWith(".ts"));
  const names = scripts.flatMap((script) =>
    [...projectFile(`bench/k6/${script}`).matchAll(/Setting\("([A-Z0-9_]+)"/g)].map(
      ([, name = ""]) => name,
    ),
  );
  return [...new Set(names)].toSorted();
}
