/** Programs that are run and are no packages of this project, with Debian's package of each. */
const TOOLS: ReadonlyMap<string, string> = new Map([
  ["wrk", "wrk"],
  ["node", "nodejs"],
  ["taskset", "util-linux"],
]);

/**
 * Makes sure that whatever the figures need can be run.
 *
 * @throws Error that says how to get what is missing.
 */
export function requireTools(): void {
  const missing = [...TOOLS].filter(([program]) => Bun.which(program) === null);
  if (missing.length === 0) return;
  const programs = missing.map(([program]) => program).join(", ");
  const packages = missing.map(([, name]) => name).join(" ");
  throw new Error(`Expected ${programs} on the PATH: apt-get install ${packages}`);
}
