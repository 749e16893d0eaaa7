import { Elysia } from "elysia";
import { originsOf } from "../../../access/rules.ts";
import { parseNewShare } from "../../../access/share-fields.ts";
import { putNewKeyInForce } from "../../../administer/put-in-force.ts";
import { revokeShare, shareJson, storeNewShare } from "../../../administer/shares.ts";
import { QueueFlowError } from "../../../errors.ts";
import { describeValue } from "../../../event/describe-value.ts";
import { listShares } from "../../../store/access/shares.ts";
import { knownAccess } from "../../access/identify.ts";
import { describeShareAdministration } from "../../openapi/describe-shares.ts";
import {
  type Administered,
  type AdministrationSources,
  administer,
  expectInScope,
} from "./administer.ts";
import { requiredText } from "./required-text.ts";
import { siteIn } from "./site-in.ts";

const PATH = "/sites/shares";
const SHARE_ID_BYTES_MAX = 64;

/** Public links to the dashboard of a site. */
export function sharesRoute(sources: AdministrationSources) {
  const described = describeShareAdministration();
  const create = async (request: Administered) => await createShare(request, sources);
  return new Elysia()
    .get(PATH, administer(PATH, sources, { parameters: ["site_id"], answer: list }), {
      detail: described.list,
    })
    .post(PATH, administer(PATH, sources, { parameters: [], answer: create }), {
      parse: "none",
      detail: described.create,
    })
    .delete(
      PATH,
      administer(PATH, sources, { parameters: ["site_id", "share_id"], answer: revoke }),
      {
        parse: "none",
        detail: described.revoke,
      },
    );
}

async function list(request: Administered): Promise<Response> {
  const shares = await listShares(request.servers.database, siteIn(request));
  return Response.json({ shares: shares.map(shareJson) });
}

async function createShare(
  { scope, servers, readFields }: Administered,
  { access }: Pick<AdministrationSources, "access">,
): Promise<Response> {
  const fields = parseNewShare(await readFields());
  expectInScope(scope, fields.siteId);
  const { text, ...stored } = await storeNewShare(servers, fields);
  // The link is shown only now, so that a Redis that is away must not cost the response.
  const isInForce = await putNewKeyInForce(servers).then(
    () => true,
    () => false,
  );
  const origins = originsOf(await knownAccess(access), stored.siteId);
  const created = {
    link: text,
    ...shareJson(stored),
    in_force: isInForce,
    embed_origins: stored.passwordHash === null ? origins : [],
  };
  return Response.json(created, { status: 201 });
}

async function revoke(request: Administered): Promise<Response> {
  const siteId = siteIn(request);
  const value = request.parameters.get("share_id");
  const shareId = requiredText("share_id", value, SHARE_ID_BYTES_MAX);
  if (await revokeShare(request.servers, { siteId, shareId })) {
    return Response.json({ site_id: siteId, share_id: shareId });
  }
  const message = `Expected the share_id of a link of the site, got ${describeValue(shareId)}`;
  throw new QueueFlowError("not_found", message);
}
