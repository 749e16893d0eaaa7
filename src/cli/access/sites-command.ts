import type { Command } from "commander";
import { LIST_FIELDS, parseSiteChanges } from "../../access/site-fields.ts";
import { siteJson } from "../../administer/json.ts";
import { addNewSite, removeSiteAndKeys, setSite } from "../../administer/sites.ts";
import { QueueFlowError } from "../../errors.ts";
import { listSites, type StoredSite } from "../../store/access/sites.ts";
import { CommandFailure } from "../command-failure.ts";
import { parseSiteId } from "../options.ts";
import { withServers } from "../servers.ts";
import { confirmed, print, type Shell } from "../shell.ts";
import { count, table } from "../text.ts";
import { accessServers } from "./access-servers.ts";
import { fromOptions } from "./from-options.ts";
import { addSiteOptions, type Flags, siteFieldsIn } from "./site-options.ts";

const HELP = `
A site takes events whether it is listed here or not. Settings of a site say which events it refuses, in
which time zone its days are, and how many events it takes. They are in force within two seconds.

Examples:
  queueflow sites add example.com --time-zone Europe/Berlin
  queueflow sites set example.com --origins https://example.com 'https://*.example.com'
  queueflow sites set example.com --exclude-networks 203.0.113.0/24 --exclude-paths '/admin/**'
  queueflow sites set example.com --events-per-day 1000000 --origins none
  queueflow sites list`;

const SET_HELP = `
An option that is left out changes nothing. "none" clears a list or a limit.

Example:
  queueflow sites set example.com --hostnames example.com --events-per-second none`;

const REMOVE_HELP = `
Its events and numbers stay; \`queueflow forget-site\` removes those. Its keys are revoked, and writing to
it goes on needing a key until they are deleted.

Example:
  queueflow sites remove example.com --yes`;

export function addSitesCommand(program: Command, shell: Shell): void {
  const sites = program
    .command("sites")
    .summary("list, add, change or remove the settings of sites")
    .description("Lists, adds, changes or removes the settings of sites.")
    .addHelpText("after", HELP);
  addSiteOptions(sites.command("add"))
    .summary("add a site")
    .description("Adds a site with its settings.")
    .argument("<site>", "its site_id", parseSiteId)
    .action(async (siteId: string, flags: Flags) => await add(shell, siteId, flags));
  sites
    .command("list")
    .summary("list sites and their settings")
    .description("Lists sites and their settings.")
    .option("--json", "print one JSON object per line")
    .action(async ({ json = false }: { readonly json?: boolean }) => await list(shell, json));
  addSiteOptions(sites.command("set"))
    .summary("change settings of a site")
    .description("Changes the settings of a site.")
    .argument("<site>", "its site_id", parseSiteId)
    .addHelpText("after", SET_HELP)
    .action(async (siteId: string, flags: Flags) => await set(shell, siteId, flags));
  sites
    .command("remove")
    .summary("remove a site's settings and revoke its keys")
    .description("Removes a site's settings and revokes its keys.")
    .argument("<site>", "its site_id", parseSiteId)
    .option("--yes", "do not ask for confirmation")
    .addHelpText("after", REMOVE_HELP)
    .action(
      async (siteId: string, { yes = false }: { readonly yes?: boolean }) =>
        await remove(shell, siteId, yes),
    );
}

async function add(shell: Shell, siteId: string, flags: Flags): Promise<void> {
  const changes = fromOptions(() => parseSiteChanges(siteFieldsIn(flags)));
  const added = await withServers(
    shell,
    { failure: "Cannot add the site" },
    async (servers) => await addNewSite(await accessServers(servers), siteId, changes),
  );
  if (added === undefined) {
    throw new CommandFailure(
      1,
      `The site ${siteId} exists already: change it with \`queueflow sites set\``,
    );
  }
  print(shell, `Added ${siteId}.`);
}

async function set(shell: Shell, siteId: string, flags: Flags): Promise<void> {
  const changes = fromOptions(() => parseSiteChanges(siteFieldsIn(flags)));
  if (Object.keys(changes).length === 0) {
    throw new QueueFlowError("invalid_usage", "Give at least one setting to change");
  }
  const changed = await withServers(
    shell,
    { failure: "Cannot change the site" },
    async (servers) => await setSite(await accessServers(servers), siteId, changes),
  );
  if (changed === undefined) throw unknownSite(siteId);
  print(shell, ...table(settings(changed)));
}

async function list(shell: Shell, json: boolean): Promise<void> {
  const sites = await withServers(
    shell,
    { failure: "Cannot list the sites" },
    async ({ database }) => await listSites(database),
  );
  if (json) return print(shell, ...sites.map((site) => JSON.stringify(siteJson(site))));
  if (sites.length === 0) return print(shell, "No sites have settings.");
  print(shell, ...sites.flatMap((site, i) => [...(i > 0 ? [""] : []), ...table(settings(site))]));
}

async function remove(shell: Shell, siteId: string, yes: boolean): Promise<void> {
  if (!yes && !shell.stdin.isTTY) {
    const message = "Cannot ask for confirmation without a terminal: add --yes to remove the site";
    throw new QueueFlowError("invalid_usage", message);
  }
  if (!yes && !(await confirmed(shell, `Remove ${siteId} and revoke its keys?`))) {
    throw new CommandFailure(1, "Removed nothing");
  }
  const revoked = await withServers(
    shell,
    { failure: "Cannot remove the site" },
    async (servers) => await removeSiteAndKeys(await accessServers(servers), siteId),
  );
  if (revoked === undefined) throw unknownSite(siteId);
  print(shell, `Removed ${siteId} and revoked ${count(revoked, "key")}.`);
}

function unknownSite(siteId: string): CommandFailure {
  return new CommandFailure(
    1,
    `There is no site ${siteId}: \`queueflow sites list\` shows those that there are`,
  );
}

function settings(site: StoredSite): readonly (readonly string[])[] {
  const lists = LIST_FIELDS.map(({ key, name }) => [wordsOf(name), site[key].join("  ")]);
  const limits = Object.entries(site.limits).map(([name, limit]) => [
    wordsOf(name),
    limit.toLocaleString("en-US"),
  ]);
  const rows = [
    ["Site", site.siteId],
    ["Name", site.name],
    ["Time zone", site.timeZone],
    ...lists,
    ...limits,
  ];
  return rows.filter(([, value]) => value !== "");
}

function wordsOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
}
