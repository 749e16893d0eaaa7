import type { TextColumnName } from "../../../event/text-columns.ts";
import type { ColumnName } from "../../columns/day-events.ts";
import { TextIds } from "../ids/text-ids.ts";
import { EventField } from "./event-field.ts";

const PROPERTY = "event:props:";

/** The values that a plan looks at, one field each: the ranges that a plan compares share their ids. */
export class EventFields {
  /** What has to be read. */
  readonly columns = new Set<ColumnName>();
  readonly #fields = new Map<string, EventField>();
  readonly #derivedIds = new Map<string, TextIds>();

  column(name: TextColumnName): EventField {
    return this.#field(name, name);
  }

  property(key: string): EventField {
    return this.#field("properties", PROPERTY + key, key);
  }

  /** @param dimension of events, without `event:goal`. */
  dimension(dimension: string): EventField {
    switch (dimension) {
      case "event:name":
        return this.column("event_type");
      case "event:page":
        return this.column("path");
      case "event:hostname":
        return this.column("hostname");
      case "event:session_id":
        return this.column("session_id");
      default:
        return this.property(dimension.slice(PROPERTY.length));
    }
  }

  /** The ids of what is derived from several columns. */
  derivedIds(name: string): TextIds {
    const ids = this.#derivedIds.get(name) ?? new TextIds();
    this.#derivedIds.set(name, ids);
    return ids;
  }

  #field(column: TextColumnName, name: string, property?: string): EventField {
    this.columns.add(column);
    let field = this.#fields.get(name);
    if (field === undefined) {
      field = new EventField(column, property);
      this.#fields.set(name, field);
    }
    return field;
  }
}
