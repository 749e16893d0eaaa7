import { EVERY_SITE, type Key } from "../access/access-document.ts";
import { closedOnlyBy, siteText } from "../access/closed.ts";
import { mintKey } from "../access/key.ts";
import type { NewKeyFields } from "../access/key-fields.ts";
import { InvalidFieldsError } from "../errors.ts";
import { createKey, deleteKey, listKeys, revokeKey, type StoredKey } from "../store/access/keys.ts";
import { addSite } from "../store/access/sites.ts";
import type { AccessServers } from "./access-servers.ts";
import { putInForce } from "./put-in-force.ts";
import { newSite } from "./sites.ts";

export interface CreatedKey extends StoredKey {
  /** The key itself, which nothing keeps. */
  readonly text: string;
}

/** Returns in words what a new key would close. */
export async function whatCloses(
  { database }: AccessServers,
  key: Pick<Key, "kind" | "siteId">,
): Promise<readonly string[]> {
  return closedOnlyBy(key, await listKeys(database));
}

/** Returns in words what deleting the keys would open. */
export async function whatOpens(
  { database }: AccessServers,
  keyIds: readonly string[],
): Promise<readonly string[]> {
  const keys = await listKeys(database);
  const left = keys.filter(({ keyId }) => !keyIds.includes(keyId));
  const going = keys.filter(({ keyId }) => keyIds.includes(keyId));
  return [...new Set(going.flatMap((key) => closedOnlyBy(key, left)))];
}

/** Of one site, ended ones included: each thread holds and reads them all. */
const KEYS_MAX = 1_000;

/** Stores the key and, if it is missing, its site. It is in force after `putInForce`. @throws InvalidFieldsError beyond `KEYS_MAX`. */
export async function storeNewKey(
  { database }: AccessServers,
  fields: NewKeyFields,
): Promise<CreatedKey> {
  const { length } = await listKeys(database, { siteId: fields.siteId });
  if (length >= KEYS_MAX) {
    const site = siteText(fields.siteId);
    const problem = `Expected fewer than ${KEYS_MAX} keys of ${site}, got ${length}: delete ended ones`;
    throw new InvalidFieldsError({ site_id: problem });
  }
  const { text, hash, keyId } = mintKey(fields.kind);
  if (fields.siteId !== EVERY_SITE) await addSite(database, newSite(fields.siteId));
  return { ...(await createKey(database, { ...fields, hash, keyId })), text };
}

/** Returns undefined for an unknown key. Once it resolves, no thread takes the key for more than two seconds. @throws as `putInForce`. */
export async function revoke(
  servers: AccessServers,
  keyId: string,
): Promise<StoredKey | undefined> {
  const revoked = await revokeKey(servers.database, keyId);
  if (revoked !== undefined) await putInForce(servers);
  return revoked;
}

/** Deletes a key that is revoked or expired. @throws as `putInForce`. */
export async function deleteEnded(
  servers: AccessServers,
  keyId: string,
): ReturnType<typeof deleteKey> {
  const outcome = await deleteKey(servers.database, keyId);
  if (outcome === "deleted") await putInForce(servers);
  return outcome;
}
