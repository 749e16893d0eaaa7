import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import type { Path } from "../../metrics/routes.ts";
import { counted } from "../counted.ts";
import { invalidFieldsAnswer } from "../error-answer.ts";
import { requestTarget } from "../request-target.ts";
import { parseParameters } from "./query-parameters.ts";

/** A query parameter, as OpenAPI describes it. */
interface DescribedParameter {
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly example?: string;
}

/** Every parameter that a route knows, by name. */
export type DescribedParameters = Readonly<Record<string, DescribedParameter>>;

/** The path of a route that answers numbers or administers, and all its parameters. */
export interface StrictRoute {
  readonly path: Path;
  readonly parameters: DescribedParameters;
  readonly metrics: IngestMetrics;
}

/**
 * Handler for a route that answers numbers or administers: counts the request, and answers 422 when a parameter is
 * unknown, repeated or empty. `answer` gets the others, decoded.
 */
export function strictHandler(
  { path, parameters, metrics }: StrictRoute,
  answer: (values: ReadonlyMap<string, string>) => Response | Promise<Response>,
) {
  const known = Object.keys(parameters);
  return async ({ request }: { request: Request }): Promise<Response> =>
    await counted(metrics, path, () => {
      const parsed = parseParameters(requestTarget(request).query, known);
      return parsed.kind === "invalid" ? invalidFieldsAnswer(parsed.fields) : answer(parsed.values);
    });
}

/** The parameters as OpenAPI lists them in an operation. */
export function describeParameters(parameters: DescribedParameters) {
  return Object.entries(parameters).map(([name, described]) => ({
    name,
    in: "query" as const,
    ...described,
  }));
}
