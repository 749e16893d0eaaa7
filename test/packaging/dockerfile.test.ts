import { describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { buildProgram } from "../../src/cli/program.ts";
import { processShell } from "../../src/cli/shell.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { dockerfileStages, image, restsOf } from "./dockerfile.ts";
import { configNames, configured, projectFile, ROOT } from "./project-files.ts";

const buildStage = image("build");
const copies = restsOf(buildStage, "COPY").map((rest) => {
  const words = rest.split(" ");
  return { sources: words.slice(0, -1), target: words.at(-1) ?? "" };
});
const scripts: Readonly<Record<string, string>> = packageJson.scripts;
const builds = restsOf(buildStage, "RUN").flatMap(
  (rest) => /^bun run (\S+)$/.exec(rest)?.[1] ?? [],
);
const executable = "/usr/local/bin/queueflow";
const images = ["engine", "all-in-one"];

describe("Dockerfile", () => {
  test("builds the engine's image by default", () => {
    expect(dockerfileStages().at(-1)?.[0]?.rest).toEndWith(" AS engine");
    expect(restsOf(image("engine"), "RUN")).toEqual([]);
  });

  test("builds with the Bun version of package.json", () => {
    const version = packageJson.packageManager.replace("bun@", "");
    for (const name of ["build", "postgresql"]) {
      expect(restsOf(image(name), "FROM")).toEqual([`oven/bun:${version}-slim AS ${name}`]);
    }
  });

  test("pins the date of its base image", () => {
    for (const name of images) {
      expect(restsOf(image(name), "FROM")[0]).toMatch(/^debian:[a-z]+-\d{8}-slim AS base$/);
    }
  });

  test.each(images)("describes the image %s with OCI labels", (name) => {
    const pairs = restsOf(image(name), "LABEL").flatMap((rest) => [
      ...rest.matchAll(/org\.opencontainers\.image\.([\w.]+)="([^"]*)"/g),
    ]);
    const labels = Object.fromEntries(pairs.map(([, key, value]) => [key, value]));
    const base = restsOf(image(name), "FROM")[0]?.split(" ")[0];
    expect(labels).toEqual({
      title: "QueueFlow Engine",
      description: expect.stringContaining("PostgreSQL"),
      version: packageJson.version,
      licenses: packageJson.license,
      "base.name": `docker.io/library/${base}`,
    });
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

  test.each(images)("runs the image %s without root or a shell", (name) => {
    const stage = image(name);
    expect(restsOf(stage, "COPY")).toContain(`--from=build /build/dist/queueflow ${executable}`);
    const [entry = "[]"] = restsOf(stage, "ENTRYPOINT");
    const programs = name === "engine" ? [executable] : ["tini", "--", executable];
    expect(JSON.parse(entry)).toEqual(programs);
    expect(restsOf(stage, "USER")[0]).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(restsOf(stage, "STOPSIGNAL")).toEqual(["SIGTERM"]);
  });

  test.each(images)("checks the health of %s with a queueflow command", (name) => {
    const [check = ""] = restsOf(image(name), "HEALTHCHECK");
    const command = /CMD (\[.*\])$/.exec(check)?.[1] ?? "[]";
    const [program, subcommand, ...rest] = JSON.parse(command) as string[];
    const { commands } = buildProgram({ serve: async () => undefined, shell: processShell() });
    expect([program, rest]).toEqual([executable, []]);
    expect(commands.map((known) => known.name())).toContain(subcommand ?? "");
  });

  test("configures servers only in the engine's image", () => {
    const engine = configured(environmentOf("engine"));
    expect([engine.redisUrl, engine.databaseUrl]).not.toContain(undefined);
    const allInOne = configured(environmentOf("all-in-one"));
    expect([allInOne.redisUrl, allInOne.databaseUrl]).toEqual([undefined, undefined]);
  });

  test.each(images)("is reached from outside a container of %s", (name) => {
    expect(configured(environmentOf(name)).apiHost).toBe("0.0.0.0");
  });

  test.each(images)("sets only known variables in %s", (name) => {
    const env = environmentOf(name);
    const known = [...configNames(), "PATH"];
    expect(Object.keys(env).filter((variable) => !known.includes(variable))).toEqual([]);
    const { apiPort } = configured(env);
    expect(restsOf(image(name), "EXPOSE")).toEqual([String(apiPort)]);
    expect(apiPort).toBe(configured({}).apiPort);
  });

  test("stops the all-in-one image within Docker's 10 seconds", () => {
    expect(configured(environmentOf("all-in-one")).shutdownTimeoutMs).toBeLessThanOrEqual(5_000);
  });

  test("keeps the data of the all-in-one image in one volume", () => {
    const stage = image("all-in-one");
    expect([restsOf(stage, "VOLUME"), restsOf(stage, "WORKDIR")]).toEqual([["/data"], ["/data"]]);
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
    const output = await run([join(folder, "dist/queueflow"), "--version"], empty);
    expect(output.trim()).toBe(packageJson.version);
  }, 120_000);
});

function environmentOf(name: string): Readonly<Record<string, string>> {
  const settings = restsOf(image(name), "ENV").flatMap((rest) => rest.trim().split(/\s+/));
  return Object.fromEntries(settings.map((setting) => setting.split("=", 2)));
}

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
