import type { Share } from "../access/access-document.ts";
import { mintShare } from "../access/share.ts";
import type { NewShareFields } from "../access/share-fields.ts";
import { InvalidFieldsError } from "../errors.ts";
import { createShare, deleteShare, listShares, type StoredShare } from "../store/access/shares.ts";
import type { AccessServers } from "./access-servers.ts";
import { putInForce } from "./put-in-force.ts";

/** Of one site: each thread holds them all. */
const SHARES_MAX = 100;
/** OWASP's minimum for argon2id. A thread checks few at once, and one takes 19 MiB while it runs. */
const PASSWORD_HASH = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;

export interface CreatedShare extends StoredShare {
  /** The token in the link, which nothing keeps. */
  readonly text: string;
}

/** Stores a link, in force after `putInForce`. @throws InvalidFieldsError beyond `SHARES_MAX`; errors of the database. */
export async function storeNewShare(
  { database }: Pick<AccessServers, "database">,
  { siteId, label, password }: NewShareFields,
): Promise<CreatedShare> {
  const { length } = await listShares(database, siteId);
  if (length >= SHARES_MAX) {
    const problem = `Expected fewer than ${SHARES_MAX} links of ${siteId}, got ${length}: revoke some`;
    throw new InvalidFieldsError({ site_id: problem });
  }
  const { text, hash, shareId } = mintShare();
  const passwordHash =
    password === undefined ? null : await Bun.password.hash(password, PASSWORD_HASH);
  return {
    ...(await createShare(database, { siteId, shareId, hash, label, passwordHash })),
    text,
  };
}

/** Returns whether there was one. Once it resolves, no thread takes the link for more than two seconds. @throws as `putInForce`. */
export async function revokeShare(
  servers: AccessServers,
  share: Pick<Share, "siteId" | "shareId">,
): Promise<boolean> {
  const isDeleted = await deleteShare(servers.database, share);
  if (isDeleted) await putInForce(servers);
  return isDeleted;
}

/** A link as commands and the API show it, without its hashes. */
export function shareJson(share: StoredShare): Readonly<Record<string, unknown>> {
  return {
    share_id: share.shareId,
    site_id: share.siteId,
    label: share.label,
    has_password: share.passwordHash !== null,
    created_at: share.createdAt,
  };
}
