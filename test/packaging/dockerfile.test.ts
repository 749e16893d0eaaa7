import { describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { buildProgram } from "../../src/cli/program.ts";
import { processShell } from "../../src/cli/shell.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { dockerfileStages, restsOf } from "./dockerfile.ts";
import { configNames, configured, projectFile, ROOT } from "./project-files.ts";

const [buildStage, imageStage, ...otherStages] = dockerfileStages();
const copies = restsOf(buildStage, "COPY").map((rest) => {
  const words = rest.split(" ");
  return { sources: words.slice(0, -1), target: words.at(-1) ?? "" };
});
const scripts: Readonly<Record<string, string>> = packageJson.scripts;
const builds = restsOf(buildStage, "RUN").flatMap(
  (rest) => /^bun run (\S+)$/.exec(rest)?.[1] ?? [],
);
const [executable = ""] = restsOf(imageStage, "COPY").map((rest) => rest.split(" ").at(-1));

describe("Dockerfile", () => {
  test("has a build stage and a runtime stage", () => {
    expect(otherStages).toEqual([]);
    expect(restsOf(imageStage, "RUN")).toEqual([]);
  });

  test("builds with the Bun version of package.json", () => {
    const version = packageJson.packageManager.replace("bun@", "");
    expect(restsOf(buildStage, "FROM")).toEqual([`oven/bun:${version}-slim AS build`]);
  });

  test("pins the date of its base image", () => {
    expect(restsOf(imageStage, "FROM")[0]).toMatch(/^debian:[a-z]+-\d{8}-slim$/);
  });

  test("copies only existing files that .dockerignore allows", () => {
    const sources = copies.flatMap((copy) => copy.sources);
    const [first, ...allowed] = projectFile(".dockerignore").split("\n").filter(isPattern);
    expect(first).toBe("*");
    expect(allowed.toSorted()).toEqual(sources.map((source) => `!${source}`).toSorted());
    expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
  });

  test("copies the inputs of bun install before it runs", () => {
    const names = (buildStage ?? []).map(({ name, rest }) => `${name} ${rest}`);
    const install = names.findIndex((line) => line.startsWith("RUN bun install"));
    const before = copies.slice(0, names.slice(0, install).filter(isCopy).length);
    const patches = "patchedDependencies" in packageJson ? ["patches"] : [];
    const sources = before.flatMap((copy) => copy.sources);
    expect(sources).toEqual(["package.json", "bun.lock", ...patches]);
  });

  test("runs only scripts of package.json", () => {
    expect(builds).not.toEqual([]);
    expect(builds.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  test("starts the executable without root or a shell", () => {
    expect(executable).toStartWith("/");
    expect(restsOf(imageStage, "ENTRYPOINT")).toEqual([JSON.stringify([executable])]);
    expect(restsOf(imageStage, "USER")[0]).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(restsOf(imageStage, "STOPSIGNAL")).toEqual(["SIGTERM"]);
  });

  test("checks health with an existing queueflow command", () => {
    const command = /CMD (\[.*\])$/.exec(restsOf(imageStage, "HEALTHCHECK")[0] ?? "")?.[1] ?? "[]";
    const [program, name, ...rest] = JSON.parse(command) as string[];
    const { commands } = buildProgram({ serve: async () => undefined, shell: processShell() });
    expect([program, rest]).toEqual([executable, []]);
    expect(commands.map((known) => known.name())).toContain(name ?? "");
  });

  test("sets only known variables and uses no embedded server", () => {
    const settings = restsOf(imageStage, "ENV").flatMap((rest) => rest.trim().split(/\s+/));
    const env = Object.fromEntries(settings.map((setting) => setting.split("=", 2)));
    expect(Object.keys(env).filter((name) => !configNames().includes(name))).toEqual([]);
    const { redisUrl, databaseUrl, apiPort } = configured(env);
    expect([redisUrl, databaseUrl]).not.toContain(undefined);
    expect(restsOf(imageStage, "EXPOSE")).toEqual([String(apiPort)]);
    expect(apiPort).toBe(configured({}).apiPort);
  });

  test("copies all files that the executable needs", async () => {
    const folder = temporaryFolder("image");
    for (const { sources, target } of copies) {
      for (const source of sources)
        cpSync(join(ROOT, source), landing(folder, source, target), { recursive: true });
    }
    // Stands for `bun install`, which needs the network.
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    for (const name of builds) await run([process.execPath, "run", name], folder);
    const empty = join(folder, "empty");
    mkdirSync(empty);
    const built = restsOf(imageStage, "COPY")[0]?.split(" ").at(-2) ?? "";
    const output = await run([join(folder, "dist", basename(built)), "--version"], empty);
    expect(output.trim()).toBe(packageJson.version);
  }, 120_000);
});

function isCopy(line: string): boolean {
  return line.startsWith("COPY ");
}

function isPattern(line: string): boolean {
  return line !== "" && !line.startsWith("#");
}

/** Where COPY puts a source: into a folder when the target ends with a slash, else at it. */
function landing(folder: string, source: string, target: string): string {
  return target.endsWith("/") ? join(folder, target, basename(source)) : join(folder, target);
}

async function run(command: string[], cwd: string): Promise<string> {
  const child = Bun.spawn(command, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")} exited with ${code}: ${errors}`);
  return output;
}
