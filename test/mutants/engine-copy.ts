import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type Mutant, mutate } from "./mutant.ts";

const PROJECT = join(import.meta.dir, "..", "..");
const COPIED = [
  "src",
  "test",
  "bench",
  "migrations",
  "packages",
  "package.json",
  "bun.lock",
  "tsconfig.json",
  "bunfig.toml",
];

/** A copy of the project and its tests. `using` removes it. */
export interface EngineCopy extends Disposable {
  readonly folder: string;
}

let copiesFolder: string | undefined;

/** Copies the project, and applies the mutant to the copy. */
export function copyEngine(mutant: Mutant | undefined): EngineCopy {
  copiesFolder ??= temporaryFolder("mutants");
  const folder = join(copiesFolder, mutant?.name ?? "control");
  mkdirSync(folder);
  for (const name of COPIED) cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
  symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"));
  if (mutant !== undefined) {
    const path = join(folder, mutant.file);
    writeFileSync(path, mutate(readFileSync(path, "utf8"), mutant));
  }
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
