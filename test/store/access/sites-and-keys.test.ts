import { beforeEach, describe, expect, test } from "bun:test";
import { type AccessDocument, EVERY_SITE, type Site } from "../../../src/access/access-document.ts";
import { mintKey } from "../../../src/access/key.ts";
import type { SiteFields } from "../../../src/access/site-fields.ts";
import {
  createKey,
  deleteKey,
  listKeys,
  type NewKey,
  noteKeyUse,
  revokeKey,
} from "../../../src/store/access/keys.ts";
import { readAccess } from "../../../src/store/access/read-access.ts";
import { addSite, changeSite, listSites, removeSite } from "../../../src/store/access/sites.ts";
import { openTestDatabase, useTestDatabase } from "../../support/test-database.ts";

const DEADLINE_MS = 5_000;
const here = useTestDatabase();

const IN_FORCE: Site = {
  siteId: "shop.example",
  name: "The shop",
  timeZone: "Europe/Berlin",
  origins: ["https://shop.example"],
  hostnames: ["shop.example", "*.shop.example"],
  excludedNetworks: ["10.0.0.0/8"],
  excludedPaths: ['/admin/"quoted"\\*'],
  excludedCountries: ["AQ"],
  limits: { events_per_second: 100, burst_seconds: 5 },
};
/** Ingest threads do not need to know what reports count. */
const SITE: SiteFields = { ...IN_FORCE, pageViewTypes: ["screen"] };

function newKey(more: Partial<NewKey> = {}): NewKey {
  const { hash, keyId } = mintKey(more.kind ?? "write");
  const siteId = "shop.example";
  return { keyId, kind: "write", siteId, hash, label: "", expiresAt: null, limits: {}, ...more };
}

async function access(): Promise<Pick<AccessDocument, "sites" | "keys">> {
  return (await readAccess(here.database, DEADLINE_MS)) ?? { sites: [], keys: [] };
}

beforeEach(async () => void (await here.sql`TRUNCATE sites, site_keys`));

describe("a site", () => {
  test("is stored with all that is set for it", async () => {
    const added = await addSite(here.database, SITE);
    expect(added).toEqual({ ...SITE, createdAt: added?.createdAt ?? "" });
    expect(await listSites(here.database)).toEqual(added === undefined ? [] : [added]);
    expect((await access()).sites).toEqual([IN_FORCE]);
  });

  test("is added once", async () => {
    await addSite(here.database, SITE);
    expect(await addSite(here.database, { ...SITE, name: "Another" })).toBeUndefined();
    expect((await access()).sites).toEqual([IN_FORCE]);
  });

  test("keeps what a change leaves out", async () => {
    await addSite(here.database, SITE);
    const changes = { name: "Renamed", origins: [] };
    const pageViewTypes = ["view"];
    const limits = { burst_seconds: null, events_per_day: 7 };
    const inForce = {
      ...IN_FORCE,
      ...changes,
      limits: { events_per_second: 100, events_per_day: 7 },
    };
    const changed = await changeSite(here.database, SITE.siteId, {
      ...changes,
      pageViewTypes,
      limits,
    });
    expect(changed).toMatchObject({ ...inForce, pageViewTypes });
    expect((await access()).sites).toEqual([inForce]);
    expect(await changeSite(here.database, "unknown", changes)).toBeUndefined();
  });

  test("leaves revoked keys behind when removed", async () => {
    await addSite(here.database, SITE);
    const [first, second] = [newKey(), newKey({ siteId: "other.example" })];
    await createKey(here.database, first);
    await createKey(here.database, second);
    expect(await removeSite(here.database, SITE.siteId)).toBe(1);
    expect(await removeSite(here.database, SITE.siteId)).toBeUndefined();
    const { sites, keys } = await access();
    expect(sites).toEqual([]);
    expect(keys.map(({ keyId, revokedAtMs }) => [keyId, revokedAtMs === null])).toEqual([
      [first.keyId, false],
      [second.keyId, true],
    ]);
  });
});

describe("a key", () => {
  test("is stored with its hash and expiry", async () => {
    const expiresAt = new Date("2027-03-04T05:06:07.891Z");
    const {
      label,
      expiresAt: _,
      ...key
    } = newKey({
      kind: "admin",
      siteId: EVERY_SITE,
      label: "The build server",
      limits: { requests_per_second: 7 },
    });
    const created = await createKey(here.database, { ...key, label, expiresAt });
    const inForce = { ...key, expiresAtMs: expiresAt.getTime(), revokedAtMs: null };
    expect(created).toEqual({ ...inForce, label, createdAt: created.createdAt, lastUsedAt: null });
    expect((await access()).keys).toEqual([inForce]);
  });

  test("is listed by its site", async () => {
    const keys = [newKey(), newKey({ siteId: "other.example" }), newKey()];
    for (const key of keys) await createKey(here.database, key);
    const listed = async (siteId?: string) =>
      (await listKeys(here.database, siteId === undefined ? {} : { siteId })).map(
        ({ keyId }) => keyId,
      );
    expect(await listed()).toEqual(keys.map(({ keyId }) => keyId));
    expect(await listed("shop.example")).toEqual([keys[0]?.keyId ?? "", keys[2]?.keyId ?? ""]);
    expect(await listed("unknown")).toEqual([]);
  });

  test("keeps the time of its first revocation", async () => {
    const { keyId } = await createKey(here.database, newKey());
    const revoked = await revokeKey(here.database, keyId);
    expect(revoked?.revokedAtMs).toBeGreaterThan(0);
    expect(await revokeKey(here.database, keyId)).toEqual(revoked);
    expect(await revokeKey(here.database, "unknown")).toBeUndefined();
  });

  test.each([
    ["in force", null, false, "in force"],
    ["revoked", null, true, "deleted"],
    ["expired", new Date(0), false, "deleted"],
    ["not yet expired", new Date("2100-01-01"), false, "in force"],
  ] as const)(
    "%s is deleted only when no longer in force",
    async (_, expiresAt, revoked, outcome) => {
      const { keyId } = await createKey(here.database, newKey({ expiresAt }));
      if (revoked) await revokeKey(here.database, keyId);
      expect(await deleteKey(here.database, keyId)).toBe(outcome);
      expect((await access()).keys.length).toBe(outcome === "deleted" ? 0 : 1);
      expect(await deleteKey(here.database, "unknown")).toBe("unknown");
    },
  );

  test("keeps its latest use", async () => {
    const { keyId } = await createKey(here.database, newKey());
    const uses = ["2027-01-01T08:00:00.000Z", "2027-01-01T09:00:00.000Z"] as const;
    for (const hour of [uses[0], uses[1], uses[0]]) {
      const hours = new Map([
        [keyId, hour],
        ["unknown", hour],
      ]);
      await noteKeyUse(here.database, hours, DEADLINE_MS);
    }
    expect((await listKeys(here.database)).map(({ lastUsedAt }) => lastUsedAt)).toEqual([uses[1]]);
  });
});

test("use of a key leaves the document as it is", async () => {
  const { keyId } = await createKey(here.database, newKey());
  const before = JSON.stringify(await access());
  await noteKeyUse(here.database, new Map([[keyId, "2027-01-01T08:00:00Z"]]), DEADLINE_MS);
  expect(JSON.stringify(await access())).toBe(before);
});

test("without its tables there is nothing to read", async () => {
  await using empty = await openTestDatabase("empty");
  expect(await readAccess(empty.database, DEADLINE_MS)).toBeUndefined();
});
