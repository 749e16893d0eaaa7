import { EVERY_SITE } from "../../access/access-document.ts";
import type { AccessServers } from "../../administer/access-servers.ts";
import { printable } from "../../log/printable.ts";
import { readKeyless } from "../../stream/access/keyless.ts";
import { duration } from "../text.ts";

const SENDERS_NAMED = 10;

/** Returns lines that name the clients that wrote to the site without a key in the last hour. */
export async function keylessText(
  { redis, stream }: AccessServers,
  siteId: string,
): Promise<readonly string[]> {
  if (siteId === EVERY_SITE) return [];
  const senders = (await readKeyless(redis, stream)).filter((each) => each.siteId === siteId);
  if (senders.length === 0) return ["No client wrote to it without a key in the last hour."];
  const named = senders
    .slice(0, SENDERS_NAMED)
    .map(({ agent, agoMs }) => `  ${printable(agent) || "no User-Agent"}, ${duration(agoMs)} ago`);
  const more = senders.length - named.length;
  return [
    "These clients wrote to it without a key in the last hour:",
    ...named,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
