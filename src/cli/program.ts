import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { addConfigCommand } from "./config/config-command.ts";
import { addDeadLettersCommand } from "./dead-letters/dead-letters-command.ts";
import { addDoctorCommand } from "./doctor/doctor-command.ts";
import { addEnvCommand } from "./env-command.ts";
import { addHealthCommand } from "./health-command.ts";
import { addImportCommand } from "./import-command.ts";
import { addLossesCommand } from "./losses/losses-command.ts";
import { addMigrateCommand } from "./migrate-command.ts";
import { addServeCommand, type Serve } from "./serve-command.ts";
import { endWhenNobodyReads, untilWritten } from "./standard-output.ts";
import { addStatusCommand } from "./status/status-command.ts";
import { addPruneCommand } from "./upkeep/prune-command.ts";
import { addRebuildCommand } from "./upkeep/rebuild-command.ts";
import { addVerifyCommand } from "./upkeep/verify-command.ts";

const HELP = `
Without a command the engine runs, as with \`queueflow serve\`. It is configured by environment
variables alone; \`queueflow config\` prints all of them with the values in force.

Examples:
  queueflow
  curl -X POST http://localhost:3000/event -H 'Content-Type: application/json' \\
    -d '{"site_id":"example.com","event_type":"page_view","path":"/","user_id":"ann","timestamp":"2026-01-15T09:30:00Z"}'
  queueflow import access.log --site example.com
In a clone, \`npx -y bun@1.4.5 src/main.ts\` stands for \`queueflow\`.

Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 130 stopped by Ctrl-C.
The API describes itself at http://localhost:3000/swagger while the engine runs.`;

/** What the commands need of the process they run in. */
export interface ProgramOptions {
  /** Runs the engine until it is told to stop. Passed in, so that the command line knows no threads. */
  readonly serve: Serve;
}

/** The command line of `queueflow`. Its commands reject with what went wrong; `runCli` says it. */
export function buildProgram({ serve }: ProgramOptions): Command {
  const program = new Command("queueflow")
    .description(packageJson.description)
    .version(packageJson.version, "-v, --version", "print the version")
    .helpOption("-h, --help", "print help; after a command, that command's")
    .usage("[command] [options]")
    .addHelpText("after", HELP)
    // Set before the commands are added, which inherit it: throw, and let the caller end the process.
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, "queueflow: ")),
    })
    .showHelpAfterError("See queueflow --help")
    .hook("preAction", (_, command) => {
      if (command !== program && command.name() !== "serve") endWhenNobodyReads();
    })
    .hook("postAction", untilWritten)
    .helpCommand("help [command]", "print help; of a command, that command's");
  addServeCommand(program, serve);
  addMigrateCommand(program);
  addImportCommand(program);
  addDeadLettersCommand(program);
  addLossesCommand(program);
  addStatusCommand(program);
  addDoctorCommand(program);
  addConfigCommand(program);
  addVerifyCommand(program);
  addRebuildCommand(program);
  addPruneCommand(program);
  addEnvCommand(program);
  addHealthCommand(program);
  addVersionCommand(program);
  return program.allowExcessArguments().action(async () => {
    const [unknown] = program.args;
    if (unknown === undefined) await serve({ stopWithParent: false });
    else program.error(`error: unknown command '${unknown}'`);
  });
}

function addVersionCommand(program: Command): void {
  program
    .command("version")
    .summary("print the version")
    .description("Prints the version, as --version does.\n\nExample:\n  queueflow version")
    .action(() => {
      process.stdout.write(`${packageJson.version}\n`);
    });
}
