import { readFileSync, symlinkSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

const Links = Type.Array(Type.Object({ source: Type.String(), target: Type.String() }));

/**
 * Makes the symbolic links between PostgreSQL's libraries that npm cannot store. The platform package
 * lists them in `pg-symlinks.json` as `native/lib/…`; its own script that makes them is one that
 * Bun does not run at install.
 *
 * @throws whatever the system says when the folder may not be written.
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
