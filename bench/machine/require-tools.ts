/** Programs that no npm package provides, with their Debian packages. */
const TOOLS: ReadonlyMap<string, string> = new Map([
  ["wrk", "wrk"],
  ["node", "nodejs"],
  ["taskset", "util-linux"],
]);

/**
 * Checks that the programs of the figures are installed.
 *
 * @throws Error that states how to install the missing ones.
 */
export function requireTools(): void {
  const missing = [...TOOLS].filter(([program]) => Bun.which(program) === null);
  if (missing.length === 0) return;
  const programs = missing.map(([program]) => program).join(", ");
  const packages = missing.map(([, name]) => name).join(" ");
  throw new Error(`Expected ${programs} on the PATH: apt-get install ${packages}`);
}
