import type { Command } from "commander";
import type { SessionSubject } from "../../access/session.ts";
import {
  endAllSessions,
  newSignInToken,
  SIGN_IN_TOKEN_S,
  subjectOfKey,
} from "../../administer/sessions.ts";
import { type Servers, withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { dashboardAddress } from "./dashboard-address.ts";
import { noSuchKey } from "./no-such-key.ts";
import { parseBase } from "./page-base.ts";

const HELP = `
The link signs in once, within ${SIGN_IN_TOKEN_S / 60} minutes: as an administrator of every site, or with the rights of a key, whose
revocation also ends its sessions. A session lasts 12 hours.

Examples:
  queueflow dashboard
  queueflow dashboard --key 7Xb2mQ4kT9a --url https://stats.example.com
  queueflow dashboard --sign-out-all`;

interface Flags {
  readonly key?: string;
  readonly url?: string;
  readonly signOutAll?: boolean;
}

export function addDashboardCommand(program: Command, shell: Shell): void {
  program
    .command("dashboard")
    .summary("print a link that signs in to the dashboard")
    .description("Prints a link that signs in to the dashboard.")
    .option("--key <id>", "sign in with the rights of this key, as listed by `keys list`")
    .option("--url <url>", "where browsers find the engine; on this machine by default", parseBase)
    .option("--sign-out-all", "end the sessions of everybody instead")
    .addHelpText("after", HELP)
    .action(async (flags: Flags) => {
      if (flags.signOutAll === true) await signOutAll(shell);
      else await printLink(shell, flags);
    });
}

async function printLink(shell: Shell, { key, url }: Flags): Promise<void> {
  await withServers(shell, { failure: "Cannot make a link" }, async (servers) => {
    const base = url ?? dashboardAddress(servers);
    if (servers.config.access === "open") return print(shell, base);
    const redis = await servers.redis();
    const subject = await subjectOf(servers, key);
    const token = await newSignInToken({ redis, stream: servers.key.stream }, subject);
    // Browsers send no fragment, so that no log has it.
    print(shell, `${base}#token=${token}`);
  });
}

async function signOutAll(shell: Shell): Promise<void> {
  await withServers(shell, { failure: "Cannot end the sessions" }, async (servers) => {
    await endAllSessions({ redis: await servers.redis(), stream: servers.key.stream });
    print(shell, "Ended all sessions.");
  });
}

async function subjectOf(servers: Servers, keyId: string | undefined): Promise<SessionSubject> {
  if (keyId === undefined) return { kind: "operator" };
  const subject = await subjectOfKey(servers, keyId);
  if (subject === undefined) throw noSuchKey([keyId]);
  return subject;
}
