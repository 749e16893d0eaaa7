import { deleteEnded, whatOpens } from "../../administer/keys.ts";
import { QueueFlowError } from "../../errors.ts";
import { CommandFailure } from "../command-failure.ts";
import { withServers } from "../servers.ts";
import { confirmed, print, type Shell } from "../shell.ts";
import { accessServers } from "./access-servers.ts";
import { noSuchKey } from "./no-such-key.ts";

export interface DeleteFlags {
  readonly yes?: boolean;
}

export async function deleteKeys(
  shell: Shell,
  ids: readonly string[],
  { yes = false }: DeleteFlags,
): Promise<void> {
  const unknown: string[] = [];
  const inForce: string[] = [];
  await withServers(shell, { failure: "Cannot delete the keys" }, async (servers) => {
    const access = await accessServers(servers);
    const opens = await whatOpens(access, ids);
    if (opens.length > 0 && !yes) await confirmOpening(shell, opens);
    for (const id of new Set(ids)) {
      const outcome = await deleteEnded(access, id);
      if (outcome === "deleted") print(shell, `Deleted the key ${id}.`);
      else if (outcome === "unknown") unknown.push(id);
      else inForce.push(id);
    }
  });
  if (inForce.length > 0) {
    const message = `Still in force, so not deleted: ${inForce.join(", ")}; revoke first, with \`queueflow keys revoke\``;
    throw new CommandFailure(1, message);
  }
  if (unknown.length > 0) throw noSuchKey(unknown);
}

/** @throws CommandFailure when nobody confirms it. */
async function confirmOpening(shell: Shell, opens: readonly string[]): Promise<void> {
  const sentence = `No key of the kind is left then: ${opens.join(" and ")} needs no key any more`;
  if (!shell.stdin.isTTY) {
    throw new QueueFlowError(
      "invalid_usage",
      `${sentence}. Add --yes to delete without a question`,
    );
  }
  if (!(await confirmed(shell, `${sentence}. Delete?`)))
    throw new CommandFailure(1, "Deleted nothing");
}
