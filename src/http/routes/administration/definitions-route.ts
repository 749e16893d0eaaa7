import { Elysia } from "elysia";
import {
  type Definer,
  type DefinitionKind,
  define,
  definitionJson,
  GOALS,
  removeDefinition,
  SEGMENTS,
} from "../../../administer/definitions.ts";
import { QueueFlowError } from "../../../errors.ts";
import { describeValue } from "../../../event/describe-value.ts";
import { LABEL_BYTES_MAX, SITE_ID_BYTES_MAX } from "../../../event/limits.ts";
import type { DefinitionKey, StoredDefinition } from "../../../store/access/definitions.ts";
import { isDatabaseError } from "../../../store/database-error.ts";
import { admitSiteReader } from "../../access/admit-site-reader.ts";
import { describeDefinitions, SITE_PARAMETER } from "../../openapi/describe-definitions.ts";
import { strictHandler } from "../strict-handler.ts";
import { type Administered, type AdministrationSources, administer } from "./administer.ts";
import { requiredText } from "./required-text.ts";
import { siteIn } from "./site-in.ts";

const ONE_SITE = ["site_id"];
const PATHS = { goal: "/sites/goals", segment: "/sites/segments" } as const;

export interface DefinitionSources extends AdministrationSources {
  /** Rejects with `reads_overloaded`, or with an error of the database. */
  readonly readDefinitions: (key: DefinitionKey) => Promise<readonly StoredDefinition[]>;
}

/** What a site names for its reports. Who reads the site sees them, and an admin key changes them. */
export function definitionsRoutes(sources: DefinitionSources) {
  return new Elysia().use(routesOf(GOALS, sources)).use(routesOf(SEGMENTS, sources));
}

function routesOf(kind: DefinitionKind, sources: DefinitionSources) {
  const { metrics } = sources;
  const path = PATHS[kind.noun];
  const described = describeDefinitions(kind.noun);
  return new Elysia()
    .get(path, strictHandler({ path, parameters: SITE_PARAMETER, metrics }, list), {
      detail: described.list,
    })
    .put(path, administer(path, sources, { parameters: ONE_SITE, answer: put }), {
      parse: "none",
      detail: described.put,
    })
    .delete(path, administer(path, sources, { parameters: ["site_id", "name"], answer: remove }), {
      parse: "none",
      detail: described.remove,
    });

  async function list(
    parameters: ReadonlyMap<string, string>,
    request: Request,
  ): Promise<Response> {
    const asked = parameters.get("site_id");
    await admitSiteReader(request, asked, sources);
    const siteId = requiredText("site_id", asked, SITE_ID_BYTES_MAX);
    try {
      const stored = await sources.readDefinitions({ table: kind.table, siteId });
      return Response.json({ [`${kind.noun}s`]: stored.map(definitionJson) });
    } catch (error) {
      if (error instanceof QueueFlowError || !isDatabaseError(error)) throw error;
      const sentence = `PostgreSQL could not read the ${kind.noun}s`;
      throw new QueueFlowError("database_unavailable", sentence, { cause: error });
    }
  }

  async function put(request: Administered): Promise<Response> {
    const definer = definerOf(request);
    return Response.json(await define(definer, await request.readFields()));
  }

  async function remove(request: Administered): Promise<Response> {
    const definer = definerOf(request);
    const name = requiredText("name", request.parameters.get("name"), LABEL_BYTES_MAX);
    if (await removeDefinition(definer, name)) {
      return Response.json({ site_id: definer.siteId, name });
    }
    const message = `Expected the name of a ${kind.noun} of the site, got ${describeValue(name)}`;
    throw new QueueFlowError("not_found", message);
  }

  function definerOf(request: Administered): Definer {
    return { database: request.servers.database, kind, siteId: siteIn(request) };
  }
}
