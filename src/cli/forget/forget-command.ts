import { type Command, InvalidArgumentError } from "commander";
import { USER_ID_BYTES_MAX } from "../../event/limits.ts";
import { textProblem } from "../../event/text-field.ts";
import { parseSiteId } from "../options.ts";
import type { Shell } from "../shell.ts";
import { forget } from "./forget.ts";

const SHARED_HELP = `
It waits until the events that were accepted before its start are stored, shows what it found and asks.
Then it deletes the events and takes them out of the numbers, deletes the dead letters, and the entries
that Redis retains. It proves with \`verify\` and a search that nothing is left, has Redis rewrite its
append-only file and PostgreSQL vacuum the tables, and names what it cannot reach, such as backups.

What arrives after its start is stored as new, also an event that was removed and is sent again. It is
safe to interrupt: run it again. Without --yes it asks for confirmation, which needs a terminal.
`;

const USER_HELP = `${SHARED_HELP}
Examples:
  queueflow forget --site example.com --user ann
  queueflow forget --site example.com --user ann --yes`;

const SITE_HELP = `${SHARED_HELP}
Examples:
  queueflow forget-site --site example.com
  queueflow forget-site --site example.com --yes`;

interface ForgetFlags {
  readonly site: string;
  readonly yes?: boolean;
}

export function addForgetCommand(program: Command, shell: Shell): void {
  program
    .command("forget")
    .summary("remove what is stored of a user")
    .description("Removes what is stored of a user of a site, permanently.")
    .requiredOption("--site <id>", "the site", parseSiteId)
    .requiredOption("--user <id>", "the user_id, exactly as it was sent", parseUserId)
    .option("--yes", "do not ask for confirmation")
    .addHelpText("after", USER_HELP)
    .action(
      async ({ site, user, yes = false }: ForgetFlags & { readonly user: string }) =>
        await forget(shell, { siteId: site, userId: user }, { yes }),
    );
}

export function addForgetSiteCommand(program: Command, shell: Shell): void {
  program
    .command("forget-site")
    .summary("remove what is stored of a site")
    .description("Removes what is stored of a site, permanently.")
    .requiredOption("--site <id>", "the site, exactly as it was sent", parseSiteId)
    .option("--yes", "do not ask for confirmation")
    .addHelpText("after", SITE_HELP)
    .action(
      async ({ site, yes = false }: ForgetFlags) =>
        await forget(shell, { siteId: site, userId: undefined }, { yes }),
    );
}

function parseUserId(value: string): string {
  const problem = textProblem("the user", value, USER_ID_BYTES_MAX);
  if (problem !== undefined) throw new InvalidArgumentError(`${problem}.`);
  return value;
}
