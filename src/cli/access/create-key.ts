import { siteText } from "../../access/closed.ts";
import { parseNewKey } from "../../access/key-fields.ts";
import type { AccessServers } from "../../administer/access-servers.ts";
import { keyJson } from "../../administer/json.ts";
import { storeNewKey, whatCloses } from "../../administer/keys.ts";
import { putNewKeyInForce } from "../../administer/put-in-force.ts";
import { errorText, QueueFlowError } from "../../errors.ts";
import { CommandFailure } from "../command-failure.ts";
import { withServers } from "../servers.ts";
import { confirmed, print, printError, type Shell } from "../shell.ts";
import { accessServers } from "./access-servers.ts";
import { fromOptions } from "./from-options.ts";
import { keylessText } from "./keyless-text.ts";
import { type Flags, limitsIn } from "./site-options.ts";

const KINDS = ["write", "browser", "read", "admin"] as const;

export interface CreateFlags extends Flags {
  readonly site?: string;
  readonly label?: string;
  readonly expires?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

export async function createKeyFrom(shell: Shell, flags: CreateFlags): Promise<void> {
  const kind = KINDS.find((each) => flags[each] === true);
  if (kind === undefined) {
    const options = KINDS.map((each) => `--${each}`).join(", ");
    throw new QueueFlowError("invalid_usage", `Give the kind of the key, one of ${options}`);
  }
  const given = {
    kind,
    ...(flags.site === undefined ? {} : { site_id: flags.site }),
    ...(flags.label === undefined ? {} : { label: flags.label }),
    ...(flags.expires === undefined ? {} : { expires_at: flags.expires }),
    limits: limitsIn(flags),
  };
  const fields = fromOptions(() => parseNewKey(given, Date.now()));
  await withServers(shell, { failure: "Cannot create the key" }, async (servers) => {
    const access = await accessServers(servers);
    const closes = await whatCloses(access, fields);
    if (closes.length > 0) await confirmClosing(shell, access, { ...fields, ...flags, closes });
    const { text, ...key } = await storeNewKey(access, fields);
    const what = `${kind} key ${key.keyId} of ${siteText(key.siteId)}`;
    if (flags.json === true) print(shell, JSON.stringify({ key: text, ...keyJson(key) }));
    else {
      print(shell, text);
      printError(shell, `Created the ${what}. Keep the key: it is not shown again.`);
    }
    await putNewKeyInForce(access).catch((error: unknown) => {
      const sentence = `Created the ${what}, which is not in force yet; the engine repeats this every 10 s: ${errorText(error)}`;
      throw new CommandFailure(1, sentence, { cause: error });
    });
  });
}

interface Closing {
  readonly siteId: string;
  readonly kind: string;
  readonly closes: readonly string[];
  readonly yes?: boolean;
}

/** @throws CommandFailure when nobody confirms it. */
async function confirmClosing(
  shell: Shell,
  access: AccessServers,
  { siteId, kind, closes, yes = false }: Closing,
): Promise<void> {
  const sentences = [
    `This ${kind} key closes ${closes.join(" and ")} for clients without a key.`,
    ...(kind === "write" ? await keylessText(access, siteId) : []),
  ];
  printError(shell, ...sentences);
  if (yes) return;
  if (!shell.stdin.isTTY) {
    const message = "Cannot ask for confirmation without a terminal: add --yes to create the key";
    throw new QueueFlowError("invalid_usage", message);
  }
  if (!(await confirmed(shell, "Create it?"))) throw new CommandFailure(1, "Created nothing");
}
