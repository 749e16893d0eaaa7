import { EVERY_SITE, type KeyKind } from "../../src/access/access-document.ts";
import type { SiteChanges } from "../../src/access/site-fields.ts";
import type { AccessServers } from "../../src/administer/access-servers.ts";
import { type CreatedKey, revoke, storeNewKey } from "../../src/administer/keys.ts";
import { putInForce } from "../../src/administer/put-in-force.ts";
import { addNewSite } from "../../src/administer/sites.ts";
import { Database } from "../../src/store/database.ts";
import type { EngineServers } from "./engine-servers.ts";

/** Changes sites and keys as commands do. `await using` closes its connection. */
export interface AccessKeys extends AsyncDisposable {
  readonly servers: AccessServers;
  /** Creates a key of the site, or of every site, and returns it once it is in Redis. */
  readonly create: (kind: KeyKind, siteId?: string, expiresAt?: Date) => Promise<CreatedKey>;
  readonly revoke: (key: CreatedKey) => Promise<void>;
  readonly addSite: (siteId: string, changes: SiteChanges) => Promise<void>;
}

export function openAccessKeys({ env, redis, key }: EngineServers): AccessKeys {
  const database = new Database({ url: env["DATABASE_URL"] ?? "", connectionsMax: 1 });
  const servers = { database, redis, stream: key.stream };
  return {
    servers,
    create: async (kind, siteId = EVERY_SITE, expiresAt) => {
      const fields = { kind, siteId, label: "", expiresAt: expiresAt ?? null, limits: {} };
      const created = await storeNewKey(servers, fields);
      await putInForce(servers);
      return created;
    },
    revoke: async ({ keyId }) => void (await revoke(servers, keyId)),
    addSite: async (siteId, changes) => void (await addNewSite(servers, siteId, changes)),
    [Symbol.asyncDispose]: async () => await database.close(1_000),
  };
}

/** Returns the headers of a request with a key. */
export function withKey({ text }: Pick<CreatedKey, "text">): Readonly<Record<string, string>> {
  return { Authorization: `Bearer ${text}` };
}
