import { describe, expect, test } from "bun:test";
import packageJson from "../../package.json" with { type: "json" };
import { runQueueflow } from "./run-queueflow.ts";

const HELP_OF = [
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
  "packing",
  "prune",
  "env",
  "health",
  "version",
];

describe("runCli", () => {
  test.each([[[]], [["serve"]]])("runs the engine for %j", async (args) => {
    expect(await runQueueflow(args)).toEqual({
      exitCode: 0,
      stdout: "the engine runs\n",
      stderr: "",
    });
  });

  test.each([
    ...HELP_OF,
    "losses acknowledge",
    "packing status",
    "packing rebuild",
    ...["list", "show", "retry", "drop"].map((name) => `dead-letters ${name}`),
  ])("prints help with an example for %s", async (command) => {
    const words = command.split(" ");
    const { exitCode, stdout, stderr } = await runQueueflow([...words, "--help"]);
    expect(stdout).toStartWith(`Usage: queueflow ${command}`);
    expect(stdout).toMatch(/\nExamples?:\n/);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    if (words.length > 1) return;
    expect(await runQueueflow(["help", command])).toEqual({ exitCode, stdout, stderr });
  });

  test("lists every command in its help", async () => {
    const { exitCode, stdout } = await runQueueflow(["--help"]);
    for (const command of [...HELP_OF, "help"]) {
      expect(stdout).toMatch(new RegExp(`^  ${command} .*`, "m"));
    }
    expect(exitCode).toBe(0);
  });

  test.each([[["version"]], [["--version"]]])("prints the version for %j", async (args) => {
    const { exitCode, stdout } = await runQueueflow(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${packageJson.version}\n` });
  });

  test.each([
    [["--bogus"], "queueflow"],
    [["import"], "queueflow import"],
    [["dead-letters", "bogus"], "queueflow dead-letters"],
    [["dead-letters", "show"], "queueflow dead-letters show"],
  ])("names the help of the command in %j", async (args, command) => {
    const { stderr } = await runQueueflow(args);
    expect(stderr).toEndWith(`\nSee ${command} --help\n`);
  });

  test.each([
    [["bogus"], "unknown command 'bogus'"],
    [["statsu"], "unknown command 'statsu'\n(Did you mean status?)"],
    [["doc"], "unknown command 'doc'\n(Did you mean doctor?)"],
    [["dead-letters", "lsit"], "(Did you mean list?)"],
    [["--bogus"], "unknown option '--bogus'"],
    [["serve", "bogus"], "too many arguments for 'serve'"],
    [["export", "a.csv"], "required option '--site <id>' not specified"],
    [["import", "access.log", "--site"], "option '--site <id>' argument missing"],
    [["import", "access.log", "--site", ""], "Expected the site to be a string of 1 to 128 bytes"],
    [
      ["import", "access.log", "--site", "s".repeat(129)],
      "Expected the site to be at most 128 bytes",
    ],
    [["import", "--site", "example.com"], "missing required argument 'file'"],
    [["dead-letters", "bogus"], "unknown command 'bogus'"],
    [["dead-letters", "list", "--limit", "0"], "Expected a number from 1 to 10000"],
    [["losses", "--limit", "0"], "Expected a number from 1 to 10000"],
    [["dead-letters", "show"], "missing required argument 'id'"],
    [["dead-letters", "show", "0"], "Expected the ID of a dead letter"],
    [["dead-letters", "show", "9223372036854775808"], "Expected the ID of a dead letter"],
    [["dead-letters", "retry"], "Give the IDs of dead letters, or --all"],
    [["dead-letters", "retry", "7", "--all"], "not both"],
    [["dead-letters", "retry", "7", "x"], "Expected the ID of a dead letter"],
    [
      ["dead-letters", "retry", "7", "--set", "path"],
      "Expected field=value with one of event_id, site_id",
    ],
    [
      ["dead-letters", "retry", "7", "--set", "foo=1"],
      "Expected field=value with one of event_id, site_id",
    ],
    [["dead-letters", "retry", "--all", "--set", "event_id=x"], "Set event_id for one dead letter"],
    [["dead-letters", "drop", "--yes"], "Give the IDs of dead letters, or --all"],
    [["dead-letters", "drop", "--all"], "add --yes to drop them"],
    [["verify", "--from", "2026-02-30"], "Expected an existing day as YYYY-MM-DD."],
    [["verify", "--from", "2026-02-02", "--to", "2026-02-01"], "Expected --from to be no later"],
    [["verify", "--fix-duplicates", "--site", "a"], "--fix-duplicates covers all sites"],
    [["verify", "--site", ""], "Expected the site to be a string of 1 to 128 bytes"],
    [["rebuild", "--site", "a", "--from", "2026-01-01"], "required option '--to <day>'"],
    [["rebuild", "--site", "a", "--from", "yesterday"], "Expected an existing day as YYYY-MM-DD."],
    [
      ["rebuild", "--site", "a", "--from", "2026-01-01", "--to", "2025-12-31"],
      "Expected --from to be no later than --to",
    ],
    [["prune"], "Give the age with --older-than DAYS, or set EVENTS_RETENTION_DAYS"],
    [["prune", "--older-than", "0"], "Expected a number of days from 1 to 36500."],
    [["prune", "--older-than", "-1"], "Expected a number of days from 1 to 36500."],
    [["status", "--watch"], "--watch needs a terminal; for a program, add --json"],
  ])("refuses %j in one sentence", async (args, sentence) => {
    const { exitCode, stdout, stderr } = await runQueueflow(args);
    expect(stderr).toStartWith("queueflow: ");
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  });

  test("names an invalid variable of the environment", async () => {
    const env = { API_PORT: "many" };
    expect(await runQueueflow(["health"], { env })).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: 'queueflow: Expected API_PORT to be an integer from 1 to 65535, got "many"\n',
    });
  });
});
