import { readFileSync, symlinkSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

const Links = Type.Array(Type.Object({ source: Type.String(), target: Type.String() }));

/**
 * Creates the symbolic links between PostgreSQL's libraries, which npm packages cannot contain. The platform package lists them in
 * `pg-symlinks.json`; Bun does not run its install script.
 *
 * @throws a file system error when the folder is not writable.
 */
export function linkLibraries(native: string): void {
  const listed: unknown = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8"));
  for (const { source, target } of Value.Parse(Links, listed)) {
    linkOnce(basename(source), join(native, relative("native", target)));
  }
}

function linkOnce(source: string, link: string): void {
  try {
    symlinkSync(source, link);
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST") return;
    throw thrown;
  }
}
