import { ENGINE_FAULTS } from "./engine-faults.ts";
import type { FaultKind } from "./fault-kind.ts";
import { NETWORK_FAULTS } from "./network-faults.ts";
import { POSTGRES_COMMITS } from "./postgres-commits.ts";
import { POSTGRES_FAULTS } from "./postgres-faults.ts";
import { POSTGRES_LOCKS } from "./postgres-locks.ts";
import { POSTGRES_REFUSALS } from "./postgres-refusals.ts";
import { REDIS_FAULTS } from "./redis-faults.ts";
import { STREAM_FAULTS } from "./stream-faults.ts";
import { THREAD_FAULT_KINDS } from "./thread-faults.ts";

export const FAULTS: readonly FaultKind[] = [
  ...ENGINE_FAULTS,
  ...REDIS_FAULTS,
  ...POSTGRES_FAULTS,
  ...POSTGRES_COMMITS,
  ...POSTGRES_REFUSALS,
  ...POSTGRES_LOCKS,
  ...NETWORK_FAULTS,
  ...THREAD_FAULT_KINDS,
  ...STREAM_FAULTS,
];
