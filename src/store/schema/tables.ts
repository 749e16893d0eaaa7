import { DEFINITION_TABLES } from "../access/definitions.ts";
import { DAY_TOTALS, ROLLUPS } from "../rollups/rollups.ts";

export const TABLES: readonly string[] = [
  "schema_migrations",
  "events",
  DAY_TOTALS,
  ...ROLLUPS.map(({ table }) => table),
  "daily_site_path_floors",
  "dead_events",
  "pruned_days",
  "retention_state",
  "losses",
  "stream_states",
  "sites",
  "site_keys",
  "site_shares",
  ...DEFINITION_TABLES,
  "site_packing",
  "packing_secret",
  "day_chunks",
];

export const SEQUENCES: readonly string[] = [
  "events_id_seq",
  "dead_events_id_seq",
  "day_chunk_versions",
];
