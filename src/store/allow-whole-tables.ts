import type { Transaction } from "./database.ts";
import { UPKEEP_DEADLINE_MS } from "./deadlines.ts";

export async function allowWholeTables(tx: Transaction): Promise<void> {
  await tx`
    SELECT set_config('statement_timeout', ${String(UPKEEP_DEADLINE_MS)}, true),
      set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'on', true)
  `;
}

export async function forbidWholeTables(tx: Transaction): Promise<void> {
  await tx`SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)`;
}
