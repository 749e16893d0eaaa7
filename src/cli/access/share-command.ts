import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { type Command, InvalidArgumentError } from "commander";
import { parseNewShare } from "../../access/share-fields.ts";
import { putNewKeyInForce } from "../../administer/put-in-force.ts";
import { revokeShare, shareJson, storeNewShare } from "../../administer/shares.ts";
import { errorText, QueueFlowError } from "../../errors.ts";
import { listShares } from "../../store/access/shares.ts";
import { CommandFailure } from "../command-failure.ts";
import { parseSiteId } from "../options.ts";
import { withServers } from "../servers.ts";
import { print, printError, type Shell } from "../shell.ts";
import { table } from "../text.ts";
import { accessServers } from "./access-servers.ts";
import { dashboardAddress } from "./dashboard-address.ts";
import { fromOptions } from "./from-options.ts";
import { parseBase } from "./page-base.ts";

const HELP = `
Everybody with the link may look at the dashboard of one site: no other site, no raw events, no settings.
It is in force until it is revoked.

Examples:
  queueflow share create example.com --label investors
  queueflow share create example.com --password-file board.txt --url https://stats.example.com
  queueflow share list example.com
  queueflow share revoke example.com x4Tq81LmZp0`;

const CREATE_HELP = `
Prints the link once; only its hash is stored. With a password, a browser is asked for it every 12 hours.
A link without one also works in a frame, in pages of the site's origins: /embed in place of /share.

Examples:
  queueflow share create example.com
  pass show board | queueflow share create example.com --password-file -`;

const REVOKE_HELP = `
Once the command has succeeded, no engine takes the link for more than two seconds.

Example:
  queueflow share revoke example.com x4Tq81LmZp0`;

interface CreateFlags {
  readonly label?: string;
  readonly passwordFile?: string;
  readonly url?: string;
  readonly json?: boolean;
}

export function addShareCommand(program: Command, shell: Shell): void {
  const share = program
    .command("share")
    .summary("create, list or revoke public links to a site's dashboard")
    .description("Creates, lists or revokes public links to a site's dashboard.")
    .addHelpText("after", HELP);
  share
    .command("create")
    .summary("create a link")
    .description("Creates a link.")
    .argument("<site>", "its site_id", parseSiteId)
    .option("--label <text>", "who has it")
    // Other users of the machine see the arguments of a process.
    .option("--password-file <path>", "a file whose first line is a password; - for standard input")
    .option("--url <url>", "where browsers find the engine; on this machine by default", parseBase)
    .option("--json", "print the link as a JSON object")
    .addHelpText("after", CREATE_HELP)
    .action(async (siteId: string, flags: CreateFlags) => await create(shell, siteId, flags));
  share
    .command("list")
    .summary("list links, oldest first")
    .description("Lists links, oldest first, without their tokens.")
    .argument("<site>", "its site_id", parseSiteId)
    .option("--json", "print one JSON object per line")
    .action(
      async (siteId: string, { json = false }: { readonly json?: boolean }) =>
        await list(shell, siteId, json),
    );
  share
    .command("revoke")
    .summary("revoke a link")
    .description("Revokes a link.")
    .argument("<site>", "its site_id", parseSiteId)
    .argument("<id>", "its ID, as listed by `list`", parseShareId)
    .addHelpText("after", REVOKE_HELP)
    .action(async (siteId: string, shareId: string) => await revoke(shell, siteId, shareId));
}

async function create(shell: Shell, siteId: string, flags: CreateFlags): Promise<void> {
  const { label, passwordFile, url, json = false } = flags;
  const password = passwordFile === undefined ? undefined : await passwordIn(shell, passwordFile);
  const fields = fromOptions(() =>
    parseNewShare({
      site_id: siteId,
      ...(label !== undefined && { label }),
      ...(password !== undefined && { password }),
    }),
  );
  await withServers(shell, { failure: "Cannot create the link" }, async (servers) => {
    if (servers.config.access === "open") {
      const message = "With ACCESS=open everybody sees every site, and no engine knows any link";
      throw new CommandFailure(1, message);
    }
    const base = url ?? dashboardAddress(servers);
    const own = await accessServers(servers);
    const { text: token, ...stored } = await storeNewShare(own, fields);
    await putNewKeyInForce(own);
    const link = `${base}share?link=${token}`;
    if (json) return print(shell, JSON.stringify({ link, ...shareJson(stored) }));
    print(shell, link);
    if (password !== undefined) printError(shell, "A link with a password cannot be embedded.");
  });
}

async function list(shell: Shell, siteId: string, json: boolean): Promise<void> {
  const shares = await withServers(
    shell,
    { failure: "Cannot list the links" },
    async ({ database }) => await listShares(database, siteId),
  );
  if (json) return print(shell, ...shares.map((share) => JSON.stringify(shareJson(share))));
  if (shares.length === 0) return print(shell, `${siteId} has no public links.`);
  const rows = shares.map(({ shareId, createdAt, passwordHash, label }) => [
    shareId,
    createdAt.slice(0, 10),
    passwordHash === null ? "no" : "yes",
    label,
  ]);
  print(shell, ...table([["ID", "CREATED", "PASSWORD", "LABEL"], ...rows]));
}

async function revoke(shell: Shell, siteId: string, shareId: string): Promise<void> {
  const isRevoked = await withServers(
    shell,
    { failure: "Cannot revoke the link" },
    async (servers) => await revokeShare(await accessServers(servers), { siteId, shareId }),
  );
  if (!isRevoked) throw new CommandFailure(1, `${siteId} has no link ${shareId}`);
  print(shell, `Revoked ${shareId}.`);
}

/** Returns the first line. @throws QueueFlowError `invalid_usage`. */
async function passwordIn({ folder, stdin }: Shell, path: string): Promise<string> {
  try {
    const contents =
      path === "-" ? await text(stdin) : await readFile(resolve(folder, path), "utf8");
    return contents.split(/\r?\n/, 1)[0] ?? "";
  } catch (error) {
    const message = `Cannot read the password from ${path}: ${errorText(error)}`;
    throw new QueueFlowError("invalid_usage", message);
  }
}

function parseShareId(value: string): string {
  if (/^[\dA-Za-z]{1,64}$/.test(value)) return value;
  throw new InvalidArgumentError("Expected an ID as listed by `list`.");
}
