import type { Transaction } from "./database.ts";
import { UPKEEP_DEADLINE_MS } from "./deadlines.ts";

/** Prepares a transaction for statements that read whole tables: gives each of them hours, and permits all scans. */
export async function allowWholeTables(tx: Transaction): Promise<void> {
  await tx`
    SELECT set_config('statement_timeout', ${String(UPKEEP_DEADLINE_MS)}, true),
      set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'on', true)
  `;
}

/** Lets the statements that follow read by indexes alone again; they keep their hours. */
export async function forbidWholeTables(tx: Transaction): Promise<void> {
  await tx`SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)`;
}
