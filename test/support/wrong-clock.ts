import { debianProgram } from "./debian-program.ts";

const FAKETIME = { names: ["faketime"], package: "faketime" };

/**
 * The environment of a process whose clock is off by `offset`, as faketime writes it: "-3d", "+400d". Its monotonic
 * clock is right.
 */
export async function wrongClock(offset: string): Promise<Readonly<Record<string, string>>> {
  await debianProgram(FAKETIME);
  const libraries = new Bun.Glob("/usr/lib/*/faketime/libfaketimeMT.so.1").scan({ absolute: true });
  const [library] = await Array.fromAsync(libraries);
  if (library === undefined) throw new Error("faketime has no library for programs with threads");
  return { LD_PRELOAD: library, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
}
