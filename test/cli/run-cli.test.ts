import { describe, expect, test } from "bun:test";
import packageJson from "../../package.json" with { type: "json" };
import { temporaryFolder } from "../support/temporary-folder.ts";
import { runQueueflow } from "./spawn-queueflow.ts";

describe("runCli", () => {
  test.each([[[]], [["serve"]]])("runCli runs the engine for %j", async (args) => {
    expect(await runQueueflow(args)).toEqual({
      exitCode: 0,
      stdout: "the engine runs\n",
      stderr: "",
    });
  });

  test.each([
    "serve",
    "migrate",
    "import",
    "dead-letters",
    "losses",
    "status",
    "doctor",
    "config",
    "verify",
    "rebuild",
    "prune",
    "env",
    "health",
    "version",
  ])("runCli explains %s with an example when asked for help", async (command) => {
    const { exitCode, stdout, stderr } = await runQueueflow([command, "--help"]);
    expect(stdout).toStartWith(`Usage: queueflow ${command}`);
    expect(stdout).toContain("Example");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(await runQueueflow(["help", command])).toEqual({ exitCode, stdout, stderr });
  });

  test("runCli lists every command when asked for help", async () => {
    const { exitCode, stdout } = await runQueueflow(["--help"]);
    for (const command of ["serve", "migrate", "import", "verify", "rebuild", "prune", "help"]) {
      expect(stdout).toMatch(new RegExp(`^  ${command} .*`, "m"));
    }
    expect(exitCode).toBe(0);
  });

  test.each([[["version"]], [["--version"]]])("runCli prints the version for %j", async (args) => {
    const { exitCode, stdout } = await runQueueflow(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${packageJson.version}\n` });
  });

  test.each([
    [["bogus"], "unknown command 'bogus'"],
    [["--bogus"], "unknown option '--bogus'"],
    [["serve", "bogus"], "too many arguments for 'serve'"],
    [["import", "access.log"], "required option '--site <id>' not specified"],
    [["import", "access.log", "--site"], "option '--site <id>' argument missing"],
    [["import", "access.log", "--site", ""], "Expected the site to be a string of 1 to 128 bytes"],
    [
      ["import", "access.log", "--site", "s".repeat(129)],
      "Expected the site to be at most 128 bytes",
    ],
    [["import", "--site", "example.com"], "missing required argument 'file'"],
  ])("runCli refuses %j in one sentence", async (args, sentence) => {
    const { exitCode, stdout, stderr } = await runQueueflow(args);
    expect(stderr).toStartWith("queueflow: ");
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  });

  test("runCli names an invalid variable of the environment", async () => {
    const env = { API_PORT: "many" };
    expect(await runQueueflow(["health"], { env })).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: 'queueflow: Expected API_PORT to be an integer from 1 to 65535, got "many"\n',
    });
  });

  test.each([
    [["migrate"], "DATABASE_URL"],
    [["dead-letters", "list"], "DATABASE_URL"],
    [["verify"], "DATABASE_URL"],
    [["dead-letters", "retry", "--all"], "REDIS_URL"],
    [["import", "access.log", "--site", "example.com"], "REDIS_URL"],
  ])("runCli says how to go on when %j finds no engine", async (args, variable) => {
    const result = await runQueueflow(args, { cwd: temporaryFolder("no-engine") });
    expect(result.stderr).toStartWith("queueflow: No engine runs in this folder: start one here");
    expect(result.stderr).toContain(variable);
    expect(result.exitCode).toBe(2);
  });
});
