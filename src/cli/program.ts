import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { printableLines } from "../log/printable.ts";
import { addDashboardCommand } from "./access/dashboard-command.ts";
import { addKeysCommand } from "./access/keys-command.ts";
import { addShareCommand } from "./access/share-command.ts";
import { addSitesCommand } from "./access/sites-command.ts";
import { addBackupCommand } from "./backup/backup-command.ts";
import { addRestoreCommand } from "./backup/restore-command.ts";
import { addConfigCommand } from "./config/config-command.ts";
import { addDeadLettersCommand } from "./dead-letters/dead-letters-command.ts";
import { addDemoCommand } from "./demo/demo-command.ts";
import { addDoctorCommand } from "./doctor/doctor-command.ts";
import { addEnvCommand } from "./env-command.ts";
import { addExportCommand } from "./export/export-command.ts";
import { addForgetCommand, addForgetSiteCommand } from "./forget/forget-command.ts";
import { addHealthCommand } from "./health-command.ts";
import { addImportCommand } from "./import/import-command.ts";
import { addLossesCommand } from "./losses-command.ts";
import { addMigrateCommand } from "./migrate-command.ts";
import { addPackingCommand } from "./packing/packing-command.ts";
import { addReportCommand } from "./report/report-command.ts";
import { addGoalsCommand } from "./reports/goals-command.ts";
import { addSegmentsCommand } from "./reports/segments-command.ts";
import { addServeCommand, type Serve } from "./serve-command.ts";
import { exitOnOutputError, print, type Shell, untilWritten } from "./shell.ts";
import { addStatusCommand } from "./status/status-command.ts";
import { suggestion } from "./suggest.ts";
import { addPruneCommand } from "./upkeep/prune-command.ts";
import { addRebuildCommand } from "./upkeep/rebuild-command.ts";
import { addVerifyCommand } from "./upkeep/verify-command.ts";

const HELP = `
Without a command it runs the engine, like \`queueflow serve\`. Environment variables configure it:
\`queueflow config\` prints all of them with the values of an engine started now.

Examples:
  queueflow
  curl -X POST http://localhost:3000/event -H 'Content-Type: application/json' \\
    -d '{"site_id":"example.com","event_type":"page_view","path":"/","user_id":"ann","timestamp":"2026-01-15T09:30:00Z"}'
  queueflow import access.log --site example.com
In a clone, use \`npx -y bun@1.4.5 src/main.ts\` for \`queueflow\`.

Exit status: 0 success, 1 failure, 2 wrong usage or configuration, 130 interrupted by Ctrl-C.
While the engine runs, http://localhost:3000/swagger documents its API.`;

export interface ProgramOptions {
  /** Runs the engine. Passed in, so that the command line does not import the threads. */
  readonly serve: Serve;
  readonly shell: Shell;
}

/** Builds the command line. Its commands reject on failure; `runCli` reports that. */
export function buildProgram({ serve, shell }: ProgramOptions): Command {
  const { stdout, stderr } = shell;
  const program = new Command("queueflow")
    .description(packageJson.description)
    .version(packageJson.version, "-v, --version", "print the version")
    .helpOption("-h, --help", "print help; after a command, for that command")
    .usage("[command] [options]")
    .addHelpText("after", HELP)
    // Commands inherit these two, so they come before the commands are added.
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(printableLines(text)),
      outputError: (text, write) => write(text.replace(/^error: /, "queueflow: ")),
      // 80 columns when the output is no terminal, or does not know its size.
      getOutHelpWidth: () => stdout.columns || 80,
    })
    .hook("preAction", (_, command) => {
      // The engine keeps running when nobody reads its log.
      if (command !== program && command.name() !== "serve") exitOnOutputError(shell);
    })
    .hook("postAction", async () => await untilWritten(shell))
    .helpCommand("help [command]", "print help; with a command, for that command");
  addServeCommand(program, serve);
  for (const add of [
    addMigrateCommand,
    addDemoCommand,
    addImportCommand,
    addExportCommand,
    addReportCommand,
    addSitesCommand,
    addKeysCommand,
    addGoalsCommand,
    addSegmentsCommand,
    addDashboardCommand,
    addShareCommand,
    addDeadLettersCommand,
    addLossesCommand,
    addStatusCommand,
    addDoctorCommand,
    addConfigCommand,
    addVerifyCommand,
    addRebuildCommand,
    addPackingCommand,
    addPruneCommand,
    addForgetCommand,
    addForgetSiteCommand,
    addBackupCommand,
    addRestoreCommand,
    addEnvCommand,
    addHealthCommand,
    addVersionCommand,
  ]) {
    add(program, shell);
  }
  nameHelpAfterError(program, program.name());
  return program.allowExcessArguments().action(async () => {
    const [unknown] = program.args;
    if (unknown === undefined) await serve({ stopWithParent: false });
    else program.error(`error: unknown command '${unknown}'${hint(program, unknown)}`);
  });
}

/** Lets each command end its usage errors with its own help, which lists the options it has. */
function nameHelpAfterError(command: Command, name: string): void {
  command.showHelpAfterError(`See ${name} --help`);
  for (const child of command.commands) nameHelpAfterError(child, `${name} ${child.name()}`);
}

function hint(program: Command, unknown: string): string {
  const meant = suggestion(
    unknown,
    program.commands.map((command) => command.name()),
  );
  return meant === undefined ? "" : `\n(Did you mean ${meant}?)`;
}

function addVersionCommand(program: Command, shell: Shell): void {
  program
    .command("version")
    .summary("print the version")
    .description("Prints the version, like --version.")
    .addHelpText("after", "\nExample:\n  queueflow version")
    .action(() => print(shell, packageJson.version));
}
