import { printable } from "../../log/printable.ts";
import type { Difference } from "../../store/rollups/difference.ts";
import { countRollups, ROLLUPS } from "../../store/rollups/rollups.ts";
import { count } from "../plain-text.ts";

const KEY_CHARACTERS_MAX = 120;

/** A difference as a line for a person: where it is, what the events say, and what the rollups say. */
export function differenceText(difference: Difference): string {
  switch (difference.kind) {
    case "double": {
      const { table, doubled, sites } = difference;
      return `${count(doubled, "duplicate row")} in ${table}: ${sites.map(shown).join(", ")}; \`queueflow verify --fix-duplicates\` removes them`;
    }
    case "day": {
      const { site_id, date, events, pruned_events: pruned, users } = difference;
      const prunedToo = pruned === 0 ? "" : ` and ${pruned.toLocaleString("en-US")} pruned`;
      const sums = countRollups(ROLLUPS).map(
        ({ kind }) => `, views of all ${kind}s ${number(difference[`${kind}_views`] ?? null)}`,
      );
      return `${shown(site_id)}  ${date}  ${count(events, "event")}${prunedToo}: total_views ${number(difference.total_views)}${sums.join("")}; ${count(users ?? 0, "user")}: unique_users ${number(difference.unique_users)}`;
    }
    case "row": {
      const { rollup, site_id, date, key, counted, kept } = difference;
      const row = `${shown(site_id)}  ${date}  ${rollup.kind} ${shown(key)}`;
      if (rollup.views !== undefined) {
        return `${row}: ${count(counted, "event")}, ${rollup.views} ${number(kept)}`;
      }
      return `${row} ${kept === null ? "has events, and no row" : "has a row, and no event"}`;
    }
  }
}

/** A difference as `verify --json` prints it, with the columns of its rollup. */
export function differenceJson(difference: Difference): unknown {
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
  const text = printable(key);
  return text.length > KEY_CHARACTERS_MAX ? `${text.slice(0, KEY_CHARACTERS_MAX)}…` : text;
}
