import type { Path } from "../metrics/routes.ts";

/** Paths that the operator has renamed: blockers know the usual ones. */
export type PathNames = Readonly<Partial<Record<Path, string>>>;

export function pathNames({
  collectPath,
  scriptPath,
}: Readonly<Record<"collectPath" | "scriptPath", string>>): PathNames {
  return {
    "/collect": collectPath,
    "/collect.gif": `${collectPath}.gif`,
    "/script.js": scriptPath,
  };
}

/** Returns the path under which clients find a route. */
export function nameOf(path: Path, names: PathNames): string {
  return names[path] ?? path;
}
