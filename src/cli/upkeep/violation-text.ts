import { printable } from "../../log/printable.ts";
import type { Violation } from "../../store/rollups/violation.ts";
import { count } from "../plain-text.ts";

const KEY_CHARACTERS_MAX = 120;

/** A violation as a line for a person: where it is, what the events say, and what the rollups say. */
export function violationText(violation: Violation): string {
  if (violation.kind === "double") {
    const { table, doubled, sites } = violation;
    return `${count(doubled, "duplicate row")} in ${table}: ${sites.map(shown).join(", ")}; \`queueflow verify --fix-duplicates\` removes them`;
  }
  const where = `${shown(violation.site_id)}  ${violation.date}`;
  switch (violation.kind) {
    case "day": {
      const {
        events,
        pruned_events: pruned,
        total_views,
        path_views,
        unique_users,
        users,
      } = violation;
      const prunedToo = pruned === 0 ? "" : ` and ${pruned.toLocaleString("en-US")} pruned`;
      return `${where}  ${count(events, "event")}${prunedToo}: total_views ${number(total_views)}, views of all paths ${number(path_views)}; ${count(users ?? 0, "user")}: unique_users ${number(unique_users)}`;
    }
    case "path": {
      const { path, events, views } = violation;
      return `${where}  path ${shown(path)}: ${count(events, "event")}, views ${number(views)}`;
    }
    case "user": {
      const { user_id: user, has_events: hasEvents } = violation;
      const what = hasEvents ? "has events, and no row" : "has a row, and no event";
      return `${where}  user ${shown(user)} ${what}`;
    }
  }
}

function number(value: number | null): string {
  return value === null ? "missing" : value.toLocaleString("en-US");
}

function shown(key: string): string {
  const text = printable(key);
  return text.length > KEY_CHARACTERS_MAX ? `${text.slice(0, KEY_CHARACTERS_MAX)}…` : text;
}
