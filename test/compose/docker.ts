import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const ANSWER_MS_MAX = 10_000;

export interface DockerResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Returns the standard output without the last newline. @throws Error with the error output when docker fails. */
export async function docker(args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await tryDocker(args);
  if (exitCode !== 0)
    throw new Error(`docker ${args.join(" ")} exited with ${exitCode}: ${stderr}`);
  return stdout.trimEnd();
}

/** Runs docker in the project's folder, without the project's variables that compose would read. */
export async function tryDocker(
  args: readonly string[],
  timeoutMs?: number,
): Promise<DockerResult> {
  const child = Bun.spawn(["docker", ...args], {
    cwd: ROOT,
    env: dockerEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, stderr };
}

/** Returns why containers cannot be tested; undefined when they can. */
export async function dockerProblem(): Promise<string | undefined> {
  if (Bun.which("docker") === null) return "there is no docker command";
  const engine = await tryDocker(["version", "--format", "{{.Server.Version}}"], ANSWER_MS_MAX);
  if (engine.exitCode !== 0) return `no Docker engine answers: ${engine.stderr.trim()}`;
  const compose = await tryDocker(["compose", "version"], ANSWER_MS_MAX);
  return compose.exitCode === 0 ? undefined : "docker has no compose command";
}

/** PATH, HOME and Docker's own variables. */
function dockerEnvironment(): Record<string, string | undefined> {
  const entries = Object.entries(Bun.env);
  return Object.fromEntries(entries.filter(([name]) => /^(PATH|HOME|DOCKER_.*)$/.test(name)));
}
