import type { ConnectedConfig } from "../config/config.ts";
import type { Role } from "../thread-report.ts";
import type { ChildSpec } from "./messages.ts";

/** The threads of this process in start order. */
export function childSpecs(
  config: Pick<ConnectedConfig, "consumerWorkers" | "reportWorkers" | "ingestWorkers">,
): readonly ChildSpec[] {
  return [
    { role: "reclaimer", name: "reclaimer", index: 0 },
    ...numbered("consumer", config.consumerWorkers),
    // One for all consumers of the process, at most: packing takes a tenth of the time that storing takes.
    ...numbered("packer", Math.min(config.consumerWorkers, 1)).map((spec) => ({
      ...spec,
      name: spec.role,
    })),
    ...numbered("report", config.reportWorkers),
    ...numbered("ingest", config.ingestWorkers),
  ];
}

function numbered(role: Role, count: number): ChildSpec[] {
  return Array.from({ length: count }, (_, index) => ({
    role,
    name: `${role}-${index + 1}`,
    index,
  }));
}
