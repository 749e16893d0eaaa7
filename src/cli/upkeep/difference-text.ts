import type { ChunkDifference } from "../../reporting/packing/verify-chunks.ts";
import type { Difference } from "../../store/rollups/difference.ts";
import { countRollups, ROLLUPS } from "../../store/rollups/rollups.ts";
import { count, shortened } from "../text.ts";

const KEY_CHARACTERS_MAX = 120;

/** A difference as a line: where it is, what the events say, and what the rollups say. */
export function differenceText(difference: Difference | ChunkDifference): string {
  switch (difference.kind) {
    case "double": {
      const { table, doubled, sites } = difference;
      return `${count(doubled, "duplicate row")} in ${table}: ${sites.map(shown).join(", ")}; \`queueflow verify --fix-duplicates\` removes them`;
    }
    case "day": {
      const { site_id, date, events, pruned_events, total_views, unique_users, users } = difference;
      const pruned = pruned_events === 0 ? "" : ` and ${number(pruned_events)} pruned`;
      const sums = countRollups(ROLLUPS).map(
        ({ kind }) => `, views of all ${kind}s ${number(difference[`${kind}_views`] ?? null)}`,
      );
      return `${shown(site_id)}  ${date}  ${count(events, "event")}${pruned}: total_views ${number(total_views)}${sums.join("")}; ${count(users ?? 0, "user")}: unique_users ${number(unique_users)}`;
    }
    case "chunk": {
      const { site_id, date, missing, surplus, damage } = difference;
      const day = `${shown(site_id)}  ${date}  chunks`;
      if (damage !== undefined) return `${day}: ${damage}`;
      return `${day}: ${count(missing, "event")} missing, ${number(surplus)} surplus`;
    }
    case "row": {
      const { rollup, site_id, date, key, counted, kept } = difference;
      const row = `${shown(site_id)}  ${date}  ${rollup.kind} ${shown(key)}`;
      if (rollup.views !== undefined) {
        return `${row}: ${count(counted, "event")}, ${rollup.views} ${number(kept)}`;
      }
      return `${row} has ${kept === null ? "events but no row" : "a row but no events"}`;
    }
  }
}

/** A difference as `verify --json` prints it, with the columns of its rollup. */
export function differenceJson(difference: Difference | ChunkDifference): unknown {
  if (difference.kind !== "row") return difference;
  const { rollup, site_id, date, key, counted, kept } = difference;
  const row = { kind: rollup.kind, site_id, date, [rollup.key.column]: key };
  if (rollup.views === undefined) return { ...row, has_events: counted > 0 };
  return { ...row, events: counted, [rollup.views]: kept };
}

function number(value: number | null): string {
  return value === null ? "missing" : value.toLocaleString("en-US");
}

function shown(key: string): string {
  return shortened(key, KEY_CHARACTERS_MAX);
}
