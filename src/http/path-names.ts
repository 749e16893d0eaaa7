import { isRenamed, type Path, type RenamedPath } from "../paths.ts";

/** What the operator calls the paths that may be renamed. */
export type PathNames = Readonly<Record<RenamedPath, string>>;

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
  return isRenamed(path) ? names[path] : path;
}
