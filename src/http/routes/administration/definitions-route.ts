import { Elysia } from "elysia";
import {
  type Definer,
  type DefinitionKind,
  define,
  definitionsOf,
  GOALS,
  removeDefinition,
  SEGMENTS,
} from "../../../administer/definitions.ts";
import { QueueFlowError } from "../../../errors.ts";
import { describeValue } from "../../../event/describe-value.ts";
import { LABEL_BYTES_MAX } from "../../../event/limits.ts";
import { describeDefinitions } from "../../openapi/describe-definitions.ts";
import { type Administered, type AdministrationSources, administer } from "./administer.ts";
import { requiredText } from "./required-text.ts";
import { siteIn } from "./site-in.ts";

const ONE_SITE = ["site_id"];
const PATHS = { goal: "/sites/goals", segment: "/sites/segments" } as const;

/** What a site names for its reports. */
export function definitionsRoutes(sources: AdministrationSources) {
  return new Elysia().use(routesOf(GOALS, sources)).use(routesOf(SEGMENTS, sources));
}

function routesOf(kind: DefinitionKind, sources: AdministrationSources) {
  const path = PATHS[kind.noun];
  const described = describeDefinitions(kind.noun);
  return new Elysia()
    .get(path, administer(path, sources, { parameters: ONE_SITE, answer: list }), {
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

  async function list(request: Administered): Promise<Response> {
    return Response.json({ [`${kind.noun}s`]: await definitionsOf(definerOf(request)) });
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
