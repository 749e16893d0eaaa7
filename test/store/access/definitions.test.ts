import { beforeEach, describe, expect, test } from "bun:test";
import { newSite } from "../../../src/administer/sites.ts";
import {
  DEFINITION_TABLES,
  DEFINITIONS_MAX,
  deleteDefinition,
  listDefinitions,
  putDefinition,
} from "../../../src/store/access/definitions.ts";
import { addSite, removeSite } from "../../../src/store/access/sites.ts";
import { deleteSiteAccess } from "../../../src/store/forget/site-access.ts";
import { useTestDatabase } from "../../support/test-database.ts";

const here = useTestDatabase();
const SIGNUP = { name: "Sign up", definition: { filters: [["is", "event:name", ["signup"]]] } };
const READ = { name: "Read", definition: { filters: [["is", "event:page", ["/a"]]] } };

beforeEach(
  async () => void (await here.sql`TRUNCATE sites, site_goals, site_segments, site_annotations`),
);

describe.each(DEFINITION_TABLES)("definitions in %s", (table) => {
  const key = { table, siteId: "a.example" };
  const other = { table, siteId: "b.example" };
  const listed = async () => await listDefinitions(here.database, key);

  test("are listed by name, of one site", async () => {
    await putDefinition(here.database, key, SIGNUP);
    await putDefinition(here.database, key, READ);
    await putDefinition(here.database, other, SIGNUP);
    expect(await listed()).toEqual([READ, SIGNUP]);
  });

  test("are replaced by name", async () => {
    await putDefinition(here.database, key, SIGNUP);
    const changed = { ...SIGNUP, definition: READ.definition };
    expect(await putDefinition(here.database, key, changed)).toBeTrue();
    expect(await listed()).toEqual([changed]);
  });

  test("are deleted by name", async () => {
    await putDefinition(here.database, key, SIGNUP);
    expect(await deleteDefinition(here.database, other, SIGNUP.name)).toBeFalse();
    expect(await deleteDefinition(here.database, key, SIGNUP.name)).toBeTrue();
    expect(await listed()).toEqual([]);
  });

  test("have a limit, up to which one can be replaced", async () => {
    await here.sql`
      INSERT INTO ${here.sql(table)} SELECT ${key.siteId}, n::text, '{}' FROM generate_series(1, ${DEFINITIONS_MAX}) AS n`;
    expect(await putDefinition(here.database, key, SIGNUP)).toBeFalse();
    expect(await putDefinition(here.database, key, { ...SIGNUP, name: "1" })).toBeTrue();
    expect(await putDefinition(here.database, other, SIGNUP)).toBeTrue();
    expect(await listed()).toHaveLength(DEFINITIONS_MAX);
  });

  test.each([
    ["removed", async () => void (await removeSite(here.database, key.siteId))],
    ["forgotten", async () => await deleteSiteAccess(here.database, key.siteId)],
  ])("go with their site when it is %s", async (_, end) => {
    await addSite(here.database, newSite(key.siteId));
    await putDefinition(here.database, key, SIGNUP);
    await putDefinition(here.database, other, SIGNUP);
    await end();
    expect(await listed()).toEqual([]);
    expect(await listDefinitions(here.database, other)).toEqual([SIGNUP]);
  });
});
