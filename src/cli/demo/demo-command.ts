import type { Command } from "commander";
import { closedBy } from "../../access/closed.ts";
import { newSignInToken } from "../../administer/sessions.ts";
import { listKeys } from "../../store/access/keys.ts";
import type { Database } from "../../store/database.ts";
import { isKnownSite } from "../../store/reports/is-known-site.ts";
import type { StoreOutcome } from "../../stream/inspect/wait-until-stored.ts";
import { dashboardAddress } from "../access/dashboard-address.ts";
import { CommandFailure } from "../command-failure.ts";
import { integerParser, parseSiteId } from "../options.ts";
import { type Servers, withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { shellLog } from "../shell-log.ts";
import { count } from "../text.ts";
import { type FilledSite, fillSite } from "./fill-site.ts";
import { waitUntilPacked } from "./wait-until-packed.ts";

const DAYS_MAX = 730;
const HELP = `
The events are those of a company that sells software: a few thousand visitors a month, more from month
to month, fewer at weekends, with campaigns, an article that is shared, and five goals. They go through
the stream like all others, the newest first. Run at the same moment, the same seed gives the same events.

It refuses a site that has events: what counts stays apart from what is invented.

Examples:
  queueflow demo
  queueflow demo --site demo-2 --days 90 --seed 7
  queueflow forget-site --site demo`;

interface Flags {
  readonly site: string;
  readonly days: number;
  readonly seed: string;
  readonly add: boolean;
}

export function addDemoCommand(program: Command, shell: Shell): void {
  program
    .command("demo")
    .summary("fill a site with a year of invented events")
    .description("Fills a site with invented events, so that the dashboard has something to show.")
    .option("--site <id>", "the site", parseSiteId, "demo")
    .option("--days <n>", "how many days, up to today", integerParser("days", DAYS_MAX), 365)
    .option("--seed <text>", "invents other events", "1")
    .option("--add", "add to a site that has events already", false)
    .addHelpText("after", HELP)
    .action(async (flags: Flags) => await demo(shell, flags));
}

async function demo(shell: Shell, { site: siteId, days, seed, add }: Flags): Promise<void> {
  const filled: FilledSite = { events: 0, goals: 0 };
  const soFar = () => `after ${count(filled.events, "event")}; add the others with --add`;
  await withServers(shell, { failure: "Cannot fill the site", soFar }, async (servers, signal) => {
    const { config, database } = servers;
    const log = shellLog(shell);
    if (!add) await refuseUsedSite(database, siteId);
    const shards = await servers.shards(log);
    const story = { siteId, seed, days, nowMs: Date.now() };
    const stream = { config, log, shell, signal, wait: true };
    const storing = await fillSite({ database, shards, story, stream }, filled);
    if (storing === "stored") await waitUntilPacked(database, siteId, { shell, signal });
    print(
      shell,
      `Filled ${siteId} with ${count(filled.events, "event")} of ${count(days, "day")} and ${count(filled.goals, "goal")}.`,
      ...standstillLines(storing),
      `Look at it:  ${await linkTo(servers, siteId)}`,
      `Remove it:   queueflow forget-site --site '${siteId.replaceAll("'", "'\\''")}'`,
    );
  });
}

/** @throws CommandFailure when the site has events. */
async function refuseUsedSite(database: Database, siteId: string): Promise<void> {
  if (!(await isKnownSite(database, siteId))) return;
  const message = `${siteId} has events, which invented ones would mix with: name another site with --site, or add to it with --add`;
  throw new CommandFailure(1, message);
}

function standstillLines(storing: StoreOutcome | "not-waited"): readonly string[] {
  if (storing === "stored") return [];
  return [
    "No consumer is storing events at the moment: they are safe in the stream until one runs.",
  ];
}

/** Returns a link, which signs in where that is needed. */
async function linkTo(servers: Servers, siteId: string): Promise<string> {
  const address = `${dashboardAddress(servers)}?site=${encodeURIComponent(siteId)}`;
  const { config, database } = servers;
  const isOpen =
    config.access === "open" ||
    (config.access === undefined && !closedBy(await listKeys(database)).reads);
  if (isOpen) return address;
  const token = await newSignInToken(
    { redis: await servers.redis(), stream: servers.key.stream },
    { kind: "operator" },
  );
  return `${address}#token=${token}`;
}
