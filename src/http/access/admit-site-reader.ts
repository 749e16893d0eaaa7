import { admitClient, type LimitParts } from "../admit-client.ts";
import { type AccessParts, admitReader } from "./identify.ts";

/**
 * Admits a request that reads a site, and takes it from the limits of its key, site and address. Guessing keys must not be free: a
 * refused request counts for the limits of its address.
 *
 * @throws QueueFlowError of 401 or 403, `access_unknown`, `rate_limited`.
 */
export async function admitSiteReader(
  request: Request,
  siteId: string | undefined,
  parts: AccessParts & LimitParts,
): Promise<void> {
  const key = await admitReader(request, siteId, parts).catch((error: unknown) => {
    admitClient(request, {}, parts);
    throw error;
  });
  admitClient(request, { keyId: key?.keyId, siteId }, parts);
}
