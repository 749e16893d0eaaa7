import { Elysia } from "elysia";
import { EVERY_SITE } from "../../../access/access-document.ts";
import { parseSiteChanges } from "../../../access/site-fields.ts";
import { siteJson } from "../../../administer/json.ts";
import { addNewSite, removeSiteAndKeys, setSite } from "../../../administer/sites.ts";
import { QueueFlowError } from "../../../errors.ts";
import { describeValue } from "../../../event/describe-value.ts";
import { SITE_ID_BYTES_MAX } from "../../../event/limits.ts";
import { listSites } from "../../../store/access/sites.ts";
import { describeSites } from "../../openapi/describe-administration.ts";
import {
  type Administered,
  type AdministrationSources,
  administer,
  expectInScope,
} from "./administer.ts";
import { requiredText } from "./required-text.ts";
import { siteIn } from "./site-in.ts";

const PATH = "/sites";
const ONE_SITE = ["site_id"];

export function sitesRoute(sources: AdministrationSources) {
  const described = describeSites();
  return new Elysia()
    .get(PATH, administer(PATH, sources, { parameters: [], answer: list }), {
      detail: described.list,
    })
    .post(PATH, administer(PATH, sources, { parameters: [], answer: add }), {
      parse: "none",
      detail: described.add,
    })
    .patch(PATH, administer(PATH, sources, { parameters: ONE_SITE, answer: change }), {
      parse: "none",
      detail: described.change,
    })
    .delete(PATH, administer(PATH, sources, { parameters: ONE_SITE, answer: remove }), {
      parse: "none",
      detail: described.remove,
    });
}

async function list({ scope, servers }: Administered): Promise<Response> {
  const sites = await listSites(servers.database);
  const shown = sites.filter(({ siteId }) => scope === EVERY_SITE || siteId === scope);
  return Response.json({ sites: shown.map(siteJson) });
}

async function add({ scope, servers, readFields }: Administered): Promise<Response> {
  const { site_id, ...fields } = await readFields();
  const siteId = requiredText("site_id", site_id, SITE_ID_BYTES_MAX);
  expectInScope(scope, siteId);
  const added = await addNewSite(servers, siteId, parseSiteChanges(fields));
  if (added !== undefined) return Response.json(siteJson(added), { status: 201 });
  const message = `Expected a new site, got ${describeValue(siteId)}, which exists: change it with PATCH`;
  throw new QueueFlowError("site_exists", message);
}

async function change(request: Administered): Promise<Response> {
  const siteId = siteIn(request);
  const changes = parseSiteChanges(await request.readFields());
  const changed = await setSite(request.servers, siteId, changes);
  if (changed === undefined) throw unknownSite(siteId);
  return Response.json(siteJson(changed));
}

async function remove(request: Administered): Promise<Response> {
  const siteId = siteIn(request);
  const revoked = await removeSiteAndKeys(request.servers, siteId);
  if (revoked === undefined) throw unknownSite(siteId);
  return Response.json({ site_id: siteId, revoked_keys: revoked });
}

function unknownSite(siteId: string): QueueFlowError {
  return new QueueFlowError(
    "not_found",
    `Expected a site with settings, got ${describeValue(siteId)}`,
  );
}
