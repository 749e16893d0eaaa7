import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a process was started with, before Bun added the files' variables; Linux has it. */
const START_ENVIRONMENT = "/proc/self/environ";

/**
 * Where the variables of this process come from: answers for a name that is set whether it is the environment or
 * which `.env` file of the folder. Where the system does not tell what the process was started with, a name that a
 * file has is taken for the file's.
 */
export function readOrigins(folder: string, mode = "development"): (name: string) => string {
  const started = namesAtStart();
  const files = envFiles(mode).map((file) => ({ file, names: namesIn(join(folder, file)) }));
  return (name) => {
    if (started?.has(name)) return "environment";
    return files.find(({ names }) => names.has(name))?.file ?? "environment";
  };
}

/** The files that Bun reads by itself, from source and in the executable, the one that wins first. */
function envFiles(mode: string): readonly string[] {
  return [`.env.${mode}.local`, ".env.local", `.env.${mode}`, ".env"];
}

function namesAtStart(): ReadonlySet<string> | undefined {
  if (!existsSync(START_ENVIRONMENT)) return undefined;
  const pairs = readFileSync(START_ENVIRONMENT, "utf8").split("\0");
  return new Set(pairs.map((pair) => pair.slice(0, Math.max(0, pair.indexOf("=")))));
}

function namesIn(path: string): ReadonlySet<string> {
  if (!existsSync(path)) return new Set();
  const lines = readFileSync(path, "utf8").matchAll(/^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/gm);
  return new Set(Array.from(lines, ([, name = ""]) => name));
}
