import { type Command, Option } from "commander";
import { siteText } from "../../access/closed.ts";
import { keyJson } from "../../administer/json.ts";
import { revoke } from "../../administer/keys.ts";
import { listKeys, type StoredKey } from "../../store/access/keys.ts";
import { parseSiteId } from "../options.ts";
import { withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { table } from "../text.ts";
import { accessServers } from "./access-servers.ts";
import { type CreateFlags, createKeyFrom } from "./create-key.ts";
import { type DeleteFlags, deleteKeys } from "./delete-keys.ts";
import { noSuchKey } from "./no-such-key.ts";
import { addLimitOptions } from "./site-options.ts";

const HELP = `
A key closes what its kind opens: a site's first write key closes writing to the site for everybody
without one, its first browser key closes sending from browsers, and the first read or admin key closes
reading and administering every site. ACCESS=open opens everything again.

Examples:
  queueflow keys create --site example.com --write --label "shop backend"
  queueflow keys create --admin
  queueflow keys list
  queueflow keys revoke 7Xb2mQ4kT9a`;

const CREATE_HELP = `
Prints the key once; only its hash is stored. A write key sends events to its site by /event and
/events, and may leave site_id out. A browser key may stand in the source of a page. A read key reads
numbers, an admin key also changes sites and keys: of one site with --site, otherwise of every site.

Before a key closes something, the command says what, names the clients that wrote without a key in the
last hour, and asks.

Examples:
  queueflow keys create --site example.com --write
  queueflow keys create --read --label Grafana --expires 90d
  queueflow keys create --site example.com --write --events-per-second 100 --yes`;

const REVOKE_HELP = `
Once the command has succeeded, no engine takes the key for more than two seconds. What the key closed
stays closed.

Example:
  queueflow keys revoke 7Xb2mQ4kT9a`;

const DELETE_HELP = `
Deletes keys that are revoked or expired. When the last key of a kind goes, what it closed is open to
everybody again: the command says so and asks.

Example:
  queueflow keys delete 7Xb2mQ4kT9a`;

const LABEL_CHARACTERS_MAX = 40;

export function addKeysCommand(program: Command, shell: Shell): void {
  const keys = program
    .command("keys")
    .summary("create, list, revoke or delete keys")
    .description("Creates, lists, revokes or deletes the keys of clients.")
    .addHelpText("after", HELP);
  addLimitOptions(
    keys
      .command("create")
      .option("--site <id>", "the site of the key; needed for a write or browser key", parseSiteId)
      .addOption(kindOption("write", "sends events"))
      .addOption(kindOption("browser", "sends events from pages, by /collect only"))
      .addOption(kindOption("read", "reads numbers"))
      .addOption(kindOption("admin", "reads, and changes sites and keys"))
      .option("--label <text>", "who uses it")
      .option("--expires <time>", "a time, a UTC day, or a number of days such as 90d")
      .option("--json", "print the key as a JSON object")
      .option("--yes", "do not ask before it closes something"),
  )
    .summary("create a key")
    .description("Creates a key.")
    .addHelpText("after", CREATE_HELP)
    .action(async (flags: CreateFlags) => await createKeyFrom(shell, flags));
  keys
    .command("list")
    .summary("list keys, oldest first")
    .description("Lists keys, oldest first, without the keys themselves.")
    .option("--site <id>", "only those of this site", parseSiteId)
    .option("--json", "print one JSON object per line")
    .action(async (flags: ListFlags) => await list(shell, flags));
  keys
    .command("revoke")
    .summary("revoke keys")
    .description("Revokes keys.")
    .argument("<ids...>", "their IDs, as listed by `list`")
    .addHelpText("after", REVOKE_HELP)
    .action(async (ids: readonly string[]) => await revokeAll(shell, ids));
  keys
    .command("delete")
    .summary("delete revoked or expired keys")
    .description("Deletes revoked or expired keys.")
    .argument("<ids...>", "their IDs, as listed by `list`")
    .option("--yes", "do not ask before something opens")
    .addHelpText("after", DELETE_HELP)
    .action(
      async (ids: readonly string[], flags: DeleteFlags) => await deleteKeys(shell, ids, flags),
    );
}

function kindOption(kind: string, does: string): Option {
  const others = ["write", "browser", "read", "admin"].filter((other) => other !== kind);
  return new Option(`--${kind}`, `a key that ${does}`).conflicts(others);
}

interface ListFlags {
  readonly site?: string;
  readonly json?: boolean;
}

async function list(shell: Shell, { site, json = false }: ListFlags): Promise<void> {
  const found = await withServers(
    shell,
    { failure: "Cannot list the keys" },
    async ({ database }) => await listKeys(database, site === undefined ? {} : { siteId: site }),
  );
  if (json) return print(shell, ...found.map((key) => JSON.stringify(keyJson(key))));
  if (found.length === 0) return print(shell, "There are no keys.");
  const nowMs = Date.now();
  const rows = found.map((key) => [
    key.keyId,
    key.kind,
    siteText(key.siteId),
    stateOf(key, nowMs),
    key.createdAt.slice(0, 10),
    key.lastUsedAt === null ? "never" : `${key.lastUsedAt.slice(0, 13).replace("T", " ")}:00`,
    key.label.slice(0, LABEL_CHARACTERS_MAX),
  ]);
  print(
    shell,
    ...table([["ID", "Kind", "Site", "State", "Created", "Last used (UTC)", "Label"], ...rows]),
  );
}

function stateOf({ revokedAtMs, expiresAtMs }: StoredKey, nowMs: number): string {
  if (revokedAtMs !== null) return `revoked ${day(revokedAtMs)}`;
  if (expiresAtMs === null) return "in force";
  return `${expiresAtMs <= nowMs ? "expired" : "in force until"} ${day(expiresAtMs)}`;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

async function revokeAll(shell: Shell, ids: readonly string[]): Promise<void> {
  const unknown: string[] = [];
  await withServers(shell, { failure: "Cannot revoke the keys" }, async (servers) => {
    const access = await accessServers(servers);
    for (const id of new Set(ids)) {
      const key = await revoke(access, id);
      if (key === undefined) unknown.push(id);
      else print(shell, `Revoked the ${key.kind} key ${id} of ${siteText(key.siteId)}.`);
    }
  });
  if (unknown.length > 0) throw noSuchKey(unknown);
}
