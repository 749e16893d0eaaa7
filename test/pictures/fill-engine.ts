import { addAnnotation } from "../../src/administer/annotations.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { openAccessKeys } from "../support/access-keys.ts";
import { setAside } from "../support/dead-letters.ts";
import type { Engine } from "../support/engine.ts";
import type { EngineServers } from "../support/engine-servers.ts";
import { packAllSites } from "../support/packing.ts";

export const SITE = "paperboat.example";
const DEMOS = [
  ["--site", SITE],
  ["--site", "harbour.example", "--days", "60", "--seed", "harbour"],
  ["--site", "lighthouse.example", "--days", "25", "--seed", "lighthouse"],
  ["--site", "tide.example", "--days", "4", "--seed", "tide"],
];
export const LAST_ANNOTATION_DAYS_AGO = 9;
const ANNOTATIONS = [
  { daysAgo: 64, text: "Version 3 released" },
  { daysAgo: 23, text: "New prices" },
  { daysAgo: LAST_ANNOTATION_DAYS_AGO, text: "Talk at the boat fair" },
];
const UNSTORABLE = [
  { fields: { timestamp: "yesterday" }, reason: "Expected timestamp to be a date, got yesterday" },
  { fields: { path: "pricing" }, reason: "Expected path to begin with a slash, got pricing" },
];
const DAY_MS = 86_400_000;
/** For a slow, busy machine. */
const PACK_MS_MAX = 600_000;

export interface FilledEngine {
  /** Signs an administrator in. */
  readonly signInLink: string;
  /** The path and query of the site's public page. */
  readonly sharedPath: string;
}

/** Fills four sites with all that the pictures show. Once it resolves, questions over a year are fast. */
export async function fillEngine(engine: Engine, servers: EngineServers): Promise<FilledEngine> {
  const env = { ...servers.env, API_PORT: String(engine.port) };
  const queueflow = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runQueueflow(args, { env });
    if (exitCode !== 0) throw new Error(`queueflow ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  for (const demo of DEMOS) console.log(await queueflow("demo", ...demo));
  await packAllSites(servers.env["DATABASE_URL"] ?? "", PACK_MS_MAX);
  await using keys = openAccessKeys(servers);
  const { database } = keys.servers;
  for (const { daysAgo, text } of ANNOTATIONS) {
    const when = new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);
    await addAnnotation(database, { siteId: SITE, when, text });
  }
  for (const { fields, reason } of UNSTORABLE) {
    const entry = { site_id: SITE, event_type: "page_view", user_id: "user-42", ...fields };
    const options = { stream: servers.key.stream, reason };
    await setAside({ database, sql: servers.sql }, [entry], options);
  }
  const shared = new URL(await queueflow("share", "create", SITE, "--label", "Investors"));
  return {
    signInLink: await queueflow("dashboard"),
    sharedPath: shared.pathname + shared.search,
  };
}
