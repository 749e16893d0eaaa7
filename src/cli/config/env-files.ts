import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The environment that a process was started with, before Bun added the variables of files. Linux only. */
const START_ENVIRONMENT = "/proc/self/environ";

/**
 * Returns a function that tells where a variable comes from: "environment", or the name of a `.env` file in the folder.
 * Where the start environment cannot be read, a variable that is in a file is attributed to that file.
 */
export function readOrigins(folder: string, mode = "development"): (name: string) => string {
  const atStart = namesAtStart();
  const files = envFiles(mode).map((file) => ({ file, names: namesIn(join(folder, file)) }));
  return (name) => {
    if (atStart?.has(name)) return "environment";
    return files.find(({ names }) => names.has(name))?.file ?? "environment";
  };
}

/** The files that Bun reads by itself, in order of precedence. */
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
