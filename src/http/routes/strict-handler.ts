import type { IngestMetrics } from "../../metrics/ingest-metrics.ts";
import type { Path } from "../../paths.ts";
import { counted } from "../counted.ts";
import { requestTarget } from "../request-target.ts";
import { parseParameters } from "./query-parameters.ts";

/** As in OpenAPI. */
interface DescribedParameter {
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly example?: string;
}

export type DescribedParameters = Readonly<Record<string, DescribedParameter>>;

export interface StrictRoute {
  readonly path: Path;
  readonly parameters: DescribedParameters;
  readonly metrics: IngestMetrics;
}

export function strictHandler(
  { path, parameters, metrics }: StrictRoute,
  answer: (values: ReadonlyMap<string, string>, request: Request) => Response | Promise<Response>,
) {
  const known = Object.keys(parameters);
  return async ({ request }: { request: Request }): Promise<Response> =>
    await counted(metrics, path, () =>
      answer(parseParameters(requestTarget(request).query, known), request),
    );
}

export function describeParameters(parameters: DescribedParameters) {
  return Object.entries(parameters).map(([name, described]) => ({
    name,
    in: "query" as const,
    ...described,
  }));
}
