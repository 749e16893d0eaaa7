import type { ConnectedConfig } from "../config/config.ts";
import type { Role } from "../thread-report.ts";
import type { ChildSpec } from "./messages.ts";

/** The threads of this process, in the order in which they start; they stop in reverse. */
export function childSpecs(
  config: Pick<ConnectedConfig, "consumerWorkers" | "ingestWorkers">,
): readonly ChildSpec[] {
  return [
    { role: "reclaimer", name: "reclaimer" },
    ...slots("consumer", config.consumerWorkers),
    ...slots("ingest", config.ingestWorkers),
  ];
}

function slots(role: Role, count: number): ChildSpec[] {
  return Array.from({ length: count }, (_, slot) => ({ role, name: `${role}-${slot + 1}` }));
}
