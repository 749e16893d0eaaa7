import { Elysia } from "elysia";
import {
  ANNOTATIONS,
  addAnnotation,
  annotationsOf,
  parseAnnotation,
  removeAnnotation,
} from "../../../administer/annotations.ts";
import { QueueFlowError } from "../../../errors.ts";
import { describeValue } from "../../../event/describe-value.ts";
import { LABEL_BYTES_MAX, SITE_ID_BYTES_MAX } from "../../../event/limits.ts";
import { isDatabaseError } from "../../../store/database-error.ts";
import { admitSiteReader } from "../../access/admit-site-reader.ts";
import { describeAnnotations } from "../../openapi/describe-annotations.ts";
import { strictHandler } from "../strict-handler.ts";
import { type Administered, administer, expectInScope } from "./administer.ts";
import type { DefinitionSources } from "./definitions-route.ts";
import { requiredText } from "./required-text.ts";
import { siteIn } from "./site-in.ts";

const PATH = "/sites/annotations";
const SITE_PARAMETER = { site_id: { required: true, schema: { type: "string" } } };

/** What happened on a site. Who reads the site sees it, and an admin key changes it. */
export function annotationsRoute(sources: DefinitionSources) {
  const { metrics } = sources;
  const described = describeAnnotations();
  return new Elysia()
    .get(PATH, strictHandler({ path: PATH, parameters: SITE_PARAMETER, metrics }, list), {
      detail: described.list,
    })
    .post(PATH, administer(PATH, sources, { parameters: [], answer: add }), {
      parse: "none",
      detail: described.add,
    })
    .delete(
      PATH,
      administer(PATH, sources, { parameters: ["site_id", "annotation_id"], answer: remove }),
      { parse: "none", detail: described.remove },
    );

  async function list(
    parameters: ReadonlyMap<string, string>,
    request: Request,
  ): Promise<Response> {
    const asked = parameters.get("site_id");
    await admitSiteReader(request, asked, sources);
    return await listAnnotations(sources, requiredText("site_id", asked, SITE_ID_BYTES_MAX));
  }
}

/** @throws QueueFlowError `database_unavailable`. */
export async function listAnnotations(
  { readDefinitions }: Pick<DefinitionSources, "readDefinitions">,
  siteId: string,
): Promise<Response> {
  try {
    const stored = await readDefinitions({ table: ANNOTATIONS, siteId });
    return Response.json({ annotations: annotationsOf(stored) });
  } catch (error) {
    if (error instanceof QueueFlowError || !isDatabaseError(error)) throw error;
    const sentence = "PostgreSQL could not read the annotations";
    throw new QueueFlowError("database_unavailable", sentence, { cause: error });
  }
}

async function add({ scope, servers, readFields }: Administered): Promise<Response> {
  const fields = parseAnnotation(await readFields());
  expectInScope(scope, fields.siteId);
  return Response.json(await addAnnotation(servers.database, fields), { status: 201 });
}

async function remove(request: Administered): Promise<Response> {
  const siteId = siteIn(request);
  const value = request.parameters.get("annotation_id");
  const id = requiredText("annotation_id", value, LABEL_BYTES_MAX);
  if (await removeAnnotation(request.servers.database, siteId, id)) {
    return Response.json({ site_id: siteId, annotation_id: id });
  }
  const message = `Expected the annotation_id of one of the site, got ${describeValue(id)}`;
  throw new QueueFlowError("not_found", message);
}
