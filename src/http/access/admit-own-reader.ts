import { EVERY_SITE } from "../../access/access-document.ts";
import { readableSite } from "../../access/may-read.ts";
import { admitClient, type LimitParts } from "../admit-client.ts";
import { type AccessParts, identifyReader } from "./identify.ts";

/** Returns the only site that the request's key reads, undefined for every site. Guessing keys must not be free. */
export async function admitOwnReader(
  request: Request,
  sources: AccessParts & LimitParts,
): Promise<string | undefined> {
  try {
    const reader = await identifyReader(request, sources);
    const scope = reader === undefined ? EVERY_SITE : readableSite(reader.rules, reader.key);
    admitClient(request, { keyId: reader?.key?.keyId }, sources);
    return scope === EVERY_SITE ? undefined : scope;
  } catch (error) {
    admitClient(request, {}, sources);
    throw error;
  }
}
